"""Spreadsheets of any shape into the inventory.

The core is pure, bytes in and values out: `reading` turns a file into sheets of text, `layout` finds the table
in a sheet, `mapping` proposes what each column means, `vocabulary` reads its values, `placing` makes use cases
of its rows. `service` is the only part that touches the store.
"""
