"""The firm's compliance year: what is due by whom, with its proof, and the signed years."""
