"""Every example in the documentation of dsp runs, and every public name has one."""

import doctest
import importlib
import inspect
import pkgutil
import subprocess
import sys

import pytest

import dsp

MODULES = sorted(m.name for m in pkgutil.iter_modules(dsp.__path__, "dsp."))


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0


@pytest.mark.parametrize("name", MODULES)
def test_what_a_module_offers_has_an_example(name):
    module = importlib.import_module(name)
    offered = [getattr(module, n) for n in getattr(module, "__all__", ())]
    for thing in offered:
        own = getattr(thing, "__module__", None) == name
        if own and inspect.isfunction(thing):
            assert ">>>" in (thing.__doc__ or ""), f"{name}.{thing.__name__}"


def test_importing_the_chain_is_light():
    code = (
        "import sys, dsp.chain, dsp.agc, dsp.beep, dsp.peaks, dsp.resample;"
        "sys.exit(any(m.split('.')[0] == 'scipy' for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
