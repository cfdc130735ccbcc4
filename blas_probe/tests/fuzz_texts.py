# SPDX-License-Identifier: Apache-2.0
"""Texts as the prober reads them, and pieces that have ended or held up such readers."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Sequence

Random = random.Random

TEXTS: dict[str, Sequence[bytes]] = {
    "usr/include/crt/host_config.h": (
        b"#if __GNUC__ > 12\n#error -- unsupported GNU version!\n#endif\n",
        b"/*",
        b'"\\"',
        b"#if 09\n#endif\n",
        b"#if " + b"(" * 90 + b"1" + b")" * 90 + b"\n#endif\n",
        b"#define A B + B\n#define B C*C\n#define C A<<A\n#if A\n#error x\n#endif\n",
        b"#else\n",
        b"#if 1" + b"0" * 5000 + b"\n#endif\n",
        b"#if 1" + b" * 99999999999" * 90 + b" / 3\n#endif\n",
        b'#include "host_config.h"\n',
        b"#if " + b"1||1&&1|1^1&1==1<1<<1+1*(" * 40 + b"\n",
    ),
    "usr/include/cuda.h": (
        b"#define CUDA_VERSION 13050\n",
        b"#define CUDA_VERSION (" + b"9" * 5000 + b")\n",
        b"extern double cospi(double x);\n",
        b"extern double sinpi(",
        b"/*",
        b"#define\t" * 40,
    ),
    "version.json": (
        b'{"cuda": {"version": "13.0.1"}}',
        b"[" * 5000,
        b'{"cuda": 1}',
        b"9" * 5000,
        b'{"cuda":',
        b'{"cuda": {"version": "1.' + b"1" * 5000 + b'"}}',
        b"\xff\xfe",
    ),
    "version.txt": (b"CUDA Version 10.1.243\n", b"CUDA Version 1." + b"1." * 9000),
    "x-1.dist-info/METADATA": (
        b"Requires-Dist: nvidia-nvcc ==13.0.*\n",
        b"Requires-Dist: a" + b" " * 3000 + b"==1\n",
        b"Requires-Dist: a==" + b"1." * 90_000 + b" x\n",
        b"Requires-Dist: a" + b" " * 90_000,
    ),
    "x-1.dist-info/RECORD": (
        b"lib/libopenblas.so,sha256=x,1\n",
        b'"' + b"x" * 200_000,
        b"../" * 5000 + b"libx.so,,\n",
    ),
    "pc/openblas.pc": (
        b"prefix=/usr\nlibdir=${prefix}/lib\nLibs: -L${libdir} -lopenblas\n",
        b"a=${b}${b}\nb=${a}${a}\n" * 30,
        b"x=y\n" + b"x=${x}${x}${x}\n" * 60 + b"Libs: ${x}\n",
        b"Requires: openblas openblas other\n",
        b"Libs: '",
        b"x" * 3000 + b" " * 3000,
    ),
    "cm/OpenBLASConfig.cmake": (
        b'set(OpenBLAS_LIBRARIES "${X}/lib/libopenblas.so")\n',
        b"x" * 200_000,
        b".so.1.1" * 30_000 + b"x\n",
        b"../" * 9000 + b"libx.so\n",
        b"/" * 5000 + b".a\n",
    ),
    "etc/ld.so.conf": (
        b"include ld.so.conf\n",
        b"include conf.d/*.conf\n",
        b"include /**/*.conf\n",
        b"/usr/lib\n",
        b"include **\n",
        b"include " + b"*/" * 60 + b"\n",
        b"include \0\n/\0\n",
        b"include l*/*.conf etc/ld.so.conf ../etc/*\n",
    ),
    "proc/self/cgroup": (
        b"0::/user.slice\n",
        b"4:cpu,cpuacct:/a\n",
        b"0::" + b"/.." * 5000 + b"\n",
        b"0::/\0\n",
        b"0::/" + b"a/" * 5000 + b"\n",
    ),
    "proc/self/mountinfo": (
        b"30 1 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
        b"1 1 0:1 /.. / rw - cgroup2 x x\n",
        b"30 1 0:26 / /c\\000x\\777 rw - cgroup cgroup rw,cpu\n",
        b"1 1 1 1 /n\\000 - nfs nfs\n",
        b"1 1 0:1 " + b"/.." * 3000 + b" /sys/fs/cgroup rw - cgroup2 x x\n",
    ),
    "sys/fs/cgroup/cpu.max": (
        b"50000 100000\n",
        b"9" * 400 + b" 1\n",
        b"9" * 5000 + b" 1\n",
        b"max",
    ),
    "lib/libx.so": (b"INPUT ( libx.so -lx )", b"GROUP(" * 900, b"/*" * 4000, b"INPUT(libx.so\0)"),
    "mark/.made-by-blas-probe": (b"of /usr/local/cuda\n", b"of \0\n"),
    "nvcc.txt": (
        b"#$ TOP=/usr/local/cuda\n",
        b'#$ INCLUDES="-I/usr/include"\n',
        b"Cuda compilation tools, release 13.0, V13.0.88\n",
        b"release " + b"9" * 5000 + b".1, V\n",
        b"#$ _TARGET_='\n",
        b"#$ LIBRARIES=" + b'"-L/x" ' * 9000 + b"\n",
        b"\x1b[31m#$ PATH=$_HERE_:\n",
        b"#define __GNUC__ 12\n#define __GLIBC__ " + b"9" * 5000 + b"\n",
        b"'sm_90','sm_90a'\n",
        b"sm_" + b"9" * 5000 + b"\n",
        b"#$ TOP=/\0\n",
        b'#$ gcc "-E\n',
        b"'sm_" + b"1" * 5000 + b"'",
    ),
    "recipes/blas/bad.toml": (
        b'name = "x"\n',
        b"[find]\nfiles = [",
        b"[[variant]]\nid = 1\n",
        b"a." * 3000 + b"b=1\n",
        b"x=" + b"[" * 3000,
        b"x=1e999\n",
        b"\xff",
        b"x=" + b"9" * 5000 + b"\n",
        b"[[symbols]]\n",
    ),
    "found.json": (
        b'{"schema": 3}',
        b'{"schema": 3, "libraries": [{"path": 1}]}',
        b"[" * 5000,
        b"9" * 5000,
        b'{"schema": NaN}',
        b"null",
        b'{"schema": 3, "libraries": {}}',
    ),
    "entry": (b"00000000\n{}", b'12345678\n{"setting": 1}', b"[" * 90_000),
    "cache": (
        b"glibc-ld.so.cache1.1",
        struct.pack("=I", 1 << 31),
        b"\1\0\0\0" * 9000,
        b"A" * 90_000,
    ),
}


def text_of(pieces: Sequence[bytes]) -> Callable[[Random], bytes]:
    """Some of the pieces, in any order and often, now and then with noise."""

    def make(rng: Random) -> bytes:
        made = b"".join(
            rng.choice(pieces) * rng.choice((1, 1, 1, 2, 50)) for _ in range(rng.randint(1, 5))
        )
        if rng.random() < 0.3 and made:
            at = rng.randrange(len(made))
            made = made[:at] + rng.randbytes(rng.choice((1, 4))) + made[at + 1 :]
        return made[: 1 << 20]

    return make
