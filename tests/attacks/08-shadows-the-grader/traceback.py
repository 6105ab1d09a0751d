import os

os.write(1, b"HARM: my traceback.py was imported\n")
