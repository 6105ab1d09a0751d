import os

os.write(1, b"HARM: my msgspec.py was imported\n")
