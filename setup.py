"""Lists the packages; everything else about the distribution is in pyproject.toml.

It is here because pyproject.toml can either search for packages or name them one by one,
and Referee needs both: whatever is found below `server`, and the top-level folder `grammar`,
which is installed as `referee.grammar`.
"""

from setuptools import find_packages, setup

setup(packages=[*find_packages("server"), "referee.grammar"])
