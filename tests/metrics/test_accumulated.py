import socket

import pytest
import torch

pytest.importorskip("torchmetrics", reason="torchmetrics is not installed (extra 'train')")

from accumulated_measures import cases, measure_on_one_process, poses

from maquette.metrics.accumulated import MPJPE, PCK3D
from maquette.metrics.position import mpjpe

NAMES = list(cases(torch.Generator().manual_seed(0)))


@pytest.mark.parametrize("name", NAMES)
def test_batch_by_batch_is_all_at_once_and_what_the_function_says(name, generator):
    make, fed, wanted = cases(generator)[name]
    together, by_batch = make(), make()
    together.update(*fed)
    for rows in (slice(0, 1), slice(1, 7), slice(7, 10)):
        by_batch.update(*(part[rows] for part in fed))
    torch.testing.assert_close(together.compute(), wanted)
    torch.testing.assert_close(by_batch.compute(), wanted)


def test_hidden_joints_do_not_count(generator):
    predicted, truth = poses(generator)
    mask = torch.rand(10, 17, generator=generator) > 0.4
    mask[3] = False
    measure, share = MPJPE(), PCK3D()
    measure.update(predicted, truth, mask)
    share.update(predicted, truth, mask)
    torch.testing.assert_close(measure.compute(), mpjpe(predicted, truth, mask=mask).nanmean())
    is_near = ((predicted - truth).norm(dim=-1) < 0.150)[mask]
    torch.testing.assert_close(share.compute(), is_near.double().mean())


def test_a_reset_forgets_and_nothing_is_nan(generator):
    measure = MPJPE()
    measure.update(*poses(generator))
    measure.reset()
    measure.update(torch.zeros(0, 17, 3), torch.zeros(0, 17, 3))
    assert measure.compute().isnan()


@pytest.mark.slow
def test_two_processes_agree_with_one(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    torch.multiprocessing.spawn(measure_on_one_process, (port, str(tmp_path)), nprocs=2)
    wanted = {name: value for name, (_, _, value) in cases(torch.Generator().manual_seed(0)).items()}
    for rank in range(2):
        found = torch.load(tmp_path / f"{rank}.pt", weights_only=True)
        for name, value in wanted.items():
            torch.testing.assert_close(found[name], value)
