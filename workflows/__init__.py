"""The firm: its diagrams, forms, decision tables, letters and rule packs, and the records behind them."""
