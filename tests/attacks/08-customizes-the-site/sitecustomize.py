import os

os.write(1, b"HARM: my sitecustomize.py was imported\n")
