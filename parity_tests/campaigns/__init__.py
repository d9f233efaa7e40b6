"""Campaigns that measure this package itself."""
