import os

os.write(1, b"HARM: my struct.py was imported\n")
