"""Frozen values that templates show. Everything a template could have to decide is decided before it gets them."""
