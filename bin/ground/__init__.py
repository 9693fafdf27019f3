"""The ground of the dealer suite: set-up, serving, tests and checks.

Everything up to a working virtual environment uses the standard library only, because on a
fresh machine there is nothing else.
"""
