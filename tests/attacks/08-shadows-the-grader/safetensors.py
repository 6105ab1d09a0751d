import os

os.write(1, b"HARM: my safetensors.py was imported\n")
