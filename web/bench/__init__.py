"""Measurements that `juanzong bench` prints."""
