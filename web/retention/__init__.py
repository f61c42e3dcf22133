"""The table of periods, legal holds and floors: what the firm decides about keeping."""
