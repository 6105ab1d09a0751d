import os

os.write(1, b"HARM: my autograder.py was imported\n")
