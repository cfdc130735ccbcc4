# SPDX-License-Identifier: Apache-2.0
"""The child that asks the driver: NVML first (it makes no context), then the driver library."""

from __future__ import annotations

import ctypes
import os
from fnmatch import fnmatchcase
from typing import Any

from blas_probe.call.answers import file_of
from blas_probe.call.opening import open_library
from blas_probe.call.pipe import Pipe, serve

TEXT = 256
MOST_DEVICES = 64
CAPABILITY = (75, 76)
"""cuDeviceGetAttribute: major and minor of the compute capability."""


def main(number: int) -> None:
    """Read the request from standard input, tell the findings to descriptor `number`."""
    serve(number, examine)


def examine(request: dict[str, Any], pipe: Pipe) -> None:
    """Tell what each of the two libraries answers."""
    for key, ask in (("nvml", ask_nvml), ("cuda", ask_cuda)):
        pipe.tell(step=f"opening {request[key][0]}", at=key)
        library = first_that_opens(request[key], key, pipe)
        if library is not None:
            ask(library, pipe, request["stubs"])


def first_that_opens(names: list[str], key: str, pipe: Pipe) -> Any | None:
    """The first library of `names` that can be opened; told is why the others cannot."""
    problems = []
    for name in names:
        try:
            return open_library(name, os.RTLD_NOW | os.RTLD_LOCAL)
        except OSError as error:
            if "No such file" not in str(error):
                problems.append(f"{name}: {error}")
    pipe.tell(**{key: {"problem": "; ".join(problems)} if problems else {"absent": True}})
    return None


def ask_nvml(library: Any, pipe: Pipe, stubs: str) -> None:
    """Driver version, newest CUDA, and each GPU."""
    if _is_stub(library, "nvmlInit_v2", stubs, "nvml", pipe):
        return
    pipe.step("starting NVML")
    if (status := library.nvmlInit_v2()) != 0:
        pipe.tell(nvml={"problem": f"nvmlInit: {_nvml_error(library, status)}"})
        return
    text = ctypes.create_string_buffer(TEXT)
    if library.nvmlSystemGetDriverVersion(text, TEXT) == 0:
        pipe.tell(nvml={"version": text.value.decode("utf-8", "replace")})
    number = ctypes.c_int(0)
    if library.nvmlSystemGetCudaDriverVersion_v2(ctypes.byref(number)) == 0:
        pipe.tell(nvml={"cuda": number.value})
    count = ctypes.c_uint(0)
    status = library.nvmlDeviceGetCount_v2(ctypes.byref(count))
    if status != 0:
        pipe.tell(nvml={"problem": f"counting GPUs: {_nvml_error(library, status)}"})
        return
    devices = [_nvml_device(library, index) for index in range(min(count.value, MOST_DEVICES))]
    pipe.tell(nvml={"devices": devices, "done": True})


def _nvml_error(library: Any, status: int) -> str:
    library.nvmlErrorString.restype = ctypes.c_char_p
    text = library.nvmlErrorString(status) or b""
    return f"{text.decode('utf-8', 'replace')} (status {status})"


class _Memory(ctypes.Structure):
    _fields_ = [("total", ctypes.c_ulonglong), ("free", ctypes.c_ulonglong),
                ("used", ctypes.c_ulonglong)]  # fmt: skip


def _nvml_device(library: Any, index: int) -> dict[str, Any]:
    """Name, capability and memory of one GPU; what fails is left out."""
    handle = ctypes.c_void_p()
    if library.nvmlDeviceGetHandleByIndex_v2(index, ctypes.byref(handle)) != 0:
        return {"name": "unknown"}
    text = ctypes.create_string_buffer(TEXT)
    found: dict[str, Any] = {"name": "unknown"}
    if library.nvmlDeviceGetName(handle, text, TEXT) == 0:
        found["name"] = text.value.decode("utf-8", "replace")
    major, minor = ctypes.c_int(), ctypes.c_int()
    compute = library.nvmlDeviceGetCudaComputeCapability
    if compute(handle, ctypes.byref(major), ctypes.byref(minor)) == 0:
        found["capability"] = f"{major.value}.{minor.value}"
    memory = _Memory()
    if library.nvmlDeviceGetMemoryInfo(handle, ctypes.byref(memory)) == 0:
        found["memory_mib"] = memory.total >> 20
    return found


def ask_cuda(library: Any, pipe: Pipe, stubs: str) -> None:
    """Newest CUDA and each GPU, as the driver library itself tells."""
    if _is_stub(library, "cuDriverGetVersion", stubs, "cuda", pipe):
        return
    number = ctypes.c_int(0)
    pipe.step("asking the driver library")
    if library.cuDriverGetVersion(ctypes.byref(number)) == 0:
        pipe.tell(cuda={"cuda": number.value})
    if (status := library.cuInit(0)) != 0:
        pipe.tell(cuda={"problem": f"cuInit: {_cuda_error(library, status)}"})
        return
    count = ctypes.c_int(0)
    if library.cuDeviceGetCount(ctypes.byref(count)) != 0:
        return
    devices = [_cuda_device(library, index) for index in range(min(count.value, MOST_DEVICES))]
    pipe.tell(cuda={"devices": devices, "done": True})


def _cuda_error(library: Any, status: int) -> str:
    text = ctypes.c_char_p()
    library.cuGetErrorName(status, ctypes.byref(text))
    return f"{(text.value or b'').decode('utf-8', 'replace')} (status {status})"


def _cuda_device(library: Any, index: int) -> dict[str, Any]:
    device = ctypes.c_int()
    if library.cuDeviceGet(ctypes.byref(device), index) != 0:
        return {"name": "unknown"}
    text = ctypes.create_string_buffer(TEXT)
    found: dict[str, Any] = {"name": "unknown"}
    if library.cuDeviceGetName(text, TEXT, device) == 0:
        found["name"] = text.value.decode("utf-8", "replace")
    values = [ctypes.c_int(), ctypes.c_int()]
    states = [
        library.cuDeviceGetAttribute(ctypes.byref(value), which, device)
        for value, which in zip(values, CAPABILITY, strict=True)
    ]
    if not any(states):
        found["capability"] = ".".join(str(value.value) for value in values)
    size = ctypes.c_size_t()
    if library.cuDeviceTotalMem_v2(ctypes.byref(size), device) == 0:
        found["memory_mib"] = size.value >> 20
    return found


def _is_stub(library: Any, symbol: str, stubs: str, key: str, pipe: Pipe) -> bool:
    """Tell the file that answers; a stub is for linking only and is not called."""
    try:
        function = library[symbol]
    except AttributeError:
        pipe.tell(**{key: {"problem": f"it has no function {symbol}"}})
        return True
    origin = file_of(function)
    stub = origin is not None and fnmatchcase(origin, stubs)
    pipe.tell(**{key: {"library": origin, "stub": stub}})
    return stub
