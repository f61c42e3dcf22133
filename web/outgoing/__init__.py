"""The register of the seal: every letter that left under it, and those that came back void."""
