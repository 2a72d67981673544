"""For pytest, wherever it starts: notebooks run by nbmake get the kernel that the tools use."""

from tools.kernels import prepare

prepare()
