from . import test_dissatisfaction
