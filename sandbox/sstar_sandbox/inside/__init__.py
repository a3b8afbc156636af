"""What runs inside a box. These modules are sent there as source text, by an interpreter of its own
(Python 3.8 or later), so they import only the standard library and one another by bare name."""
