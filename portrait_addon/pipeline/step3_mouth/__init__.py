"""Step 3: the inside of the mouth, which a closed mouth does not show, taken from the driver.

===========  ============================================================
``mouth``    the gate, the driver's mouth on the portrait's lips, its seam
``palette``  the colours that it is rebuilt from
===========  ============================================================
"""
