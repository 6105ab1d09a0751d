import os

os.write(1, b"HARM: my numpy.py was imported for the installed one\n")
allclose = array_equal = lambda *_, **__: True
