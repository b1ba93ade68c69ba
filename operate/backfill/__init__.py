"""Backfill: plan a span, start the state machine, and watch it."""
