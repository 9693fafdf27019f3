from . import export, machine
