import os

os.write(1, b"HARM: my json.py was imported\n")
