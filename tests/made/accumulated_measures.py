"""Every accumulated measure with what it is fed, also by one of two processes."""

from collections.abc import Callable
from pathlib import Path

import torch

from maquette.metrics import accumulated
from maquette.metrics.accumulated import AUC, MPJPE, NMPJPE, PCK2D, PCK3D, PMPJPE, MeanIoU, PCKh
from maquette.metrics.correct import auc, pck_2d, pck_3d, pckh
from maquette.metrics.position import mpjpe, n_mpjpe, p_mpjpe
from maquette.metrics.region import mean_iou, overlap


def poses(generator: torch.Generator, dimensions: int = 3, size: float = 0.1) -> tuple[torch.Tensor, torch.Tensor]:
    truth = torch.randn(10, 17, dimensions, generator=generator, dtype=torch.float64)
    return truth + size * torch.randn(10, 17, dimensions, generator=generator, dtype=torch.float64), truth


Case = tuple[Callable[[], accumulated.PooledMean | MeanIoU], tuple[torch.Tensor, ...], torch.Tensor]


def cases(generator: torch.Generator) -> dict[str, Case]:
    """The accumulated measure, what it is fed, and what the plain function says of all of it."""
    space, picture = poses(generator), poses(generator, 2, 25.0)
    heads = torch.rand(10, generator=generator, dtype=torch.float64) * 40 + 20
    maps = torch.randint(0, 4, (2, 10, 6, 7), generator=generator).to(torch.uint8).unbind()
    return {
        "MPJPE": (MPJPE, space, mpjpe(*space).mean()),
        "MPJPE about a root": (lambda: MPJPE(root_index=0), space, mpjpe(*space, root_index=0).mean()),
        "N-MPJPE": (lambda: NMPJPE(root_index=0), space, n_mpjpe(*space, root_index=0).mean()),
        "P-MPJPE": (PMPJPE, space, p_mpjpe(*space).mean()),
        "3DPCK": (PCK3D, space, pck_3d(*space).mean()),
        "AUC": (lambda: AUC(root_index=3), space, auc(*space, root_index=3).mean()),
        "2D-PCK": (PCK2D, picture, pck_2d(*picture).mean()),
        "PCKh": (PCKh, (*picture, heads), pckh(*picture, heads).mean()),
        "mIoU": (lambda: MeanIoU(4), maps, mean_iou(overlap(*maps, labels=4).pooled())),
        "mIoU with background": (
            lambda: MeanIoU(4, with_background=True),
            maps,
            mean_iou(overlap(*maps, labels=4).pooled(), with_background=True),
        ),
    }


def measure_on_one_process(rank: int, port: int, folder: str) -> None:
    torch.set_num_threads(1)
    torch.distributed.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=2)
    rows = slice(0, 3) if rank == 0 else slice(3, 10)  # unequal shares
    answers = {}
    for name, (make, fed, _) in cases(torch.Generator().manual_seed(0)).items():
        measure = make()
        measure.update(*(part[rows] for part in fed))
        answers[name] = measure.compute()
    torch.save(answers, Path(folder) / f"{rank}.pt")
    torch.distributed.destroy_process_group()
