import os

os.write(1, b"HARM: my usercustomize.py was imported\n")
