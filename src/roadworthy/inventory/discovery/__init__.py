"""AI that is used and not registered: what logs, exports and registries show, held against the inventory.

`opening` and `records` read a file as a stream, `forms` knows the usual exports, `tallying` adds up, `vendors` says
whose service it is, `matching` compares with what is registered. Nothing is ever registered without a person's yes.
"""
