"""Running student code: inputs in, raw tensors out.

The side that touches student code is ``calls``, ``execute``, ``wire`` and ``zygote``; it imports nothing else of the
package, and so holds no expected value, tolerance, point or path of a result. ``runner``, ``talk`` and ``forking`` are
the side of the grader.
"""
