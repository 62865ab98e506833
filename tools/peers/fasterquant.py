"""Times GPTQ.fasterquant of IST-DASLab/gptq on a CPU.

    fasterquant.py CHECKOUT ROWS COLUMNS

4 bits, groups of 64, symmetric, damping 1 %, blocks of 128: what the package
itself prints as "time", Cholesky included. Weights are normal, the Hessian is
0.9^|i - j|, as in //tools/quantize:gptq_benchmark. Prints the seconds, and which
BLAS they were taken with.
"""

import contextlib
import io
import re
import sys
import types


def main() -> None:
    checkout, rows, columns = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    # gptq.py wants transformers for one class that is not used here.
    transformers = types.ModuleType("transformers")
    transformers.Conv1D = type("Conv1D", (), {})
    sys.modules["transformers"] = transformers
    sys.path.insert(0, checkout)

    import torch

    torch.cuda.synchronize = lambda: None
    torch.manual_seed(1)
    log = io.StringIO()
    with contextlib.redirect_stdout(log):
        from gptq import GPTQ
        from quant import Quantizer

        layer = torch.nn.Linear(columns, rows, bias=False)
        layer.weight.data.normal_()
        gptq = GPTQ(layer)
        at = torch.arange(columns, dtype=torch.float32)
        gptq.H = 0.9 ** (at[:, None] - at[None, :]).abs()
        gptq.quantizer = Quantizer()
        gptq.quantizer.configure(4, perchannel=True, sym=True, mse=False)
        with torch.no_grad():
            gptq.fasterquant(blocksize=128, percdamp=0.01, groupsize=64)
    seconds = re.search(r"^time (\S+)$", log.getvalue(), re.M).group(1)
    with open("/proc/self/maps", encoding="utf-8") as maps:
        blas = re.search(r"/\S*libblas\S*", maps.read())
    print(seconds, blas.group(0) if blas else "unknown")


if __name__ == "__main__":
    main()
