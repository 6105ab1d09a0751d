import os

os.write(1, b"HARM: my naive.py was imported\n")
