"""A demo firm with years of history: invented stories, played through the real processes by the firm's own people."""
