"""Appraisal and destruction: lists, what is due, registers, tombstones, the table of periods, holds and floors."""
