"""What every method trains: cells and sizes behind bounded maps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from imnnc.design import InverterSizes
from imnnc.methods.charging import Charging, charging
from imnnc.methods.conditions import ONE_CHIP, Conditions, LayerDraw, as_made
from imnnc.methods.sizing import on_grid
from imnnc.parasitics import NO_PARASITICS, Parasitics
from imnnc.physics.chips import ColumnNoise
from imnnc.physics.columns import Cells, InputColumns
from imnnc.physics.crossbar import Crossbar, IdealCrossbar
from imnnc.physics.crossbars import crossbar
from imnnc.physics.network import BoolArray, FloatArray, LayerParameters, NetworkParameters
from imnnc.physics.wired import lean


@dataclass(frozen=True)
class LayerState:
    """The nodes of one layer during training, (M, B) volts."""

    net: Tensor
    minus: Tensor
    plus: Tensor | None  # None in the read-out, where only the price of power asks for it


_OF_BIASES = 0x5EED  # cells of further biases are drawn apart, for those of the others to stay


class TrainableNetwork(nn.Module):
    """A network in training, float32; a method adds how voltages follow from it.

    A cell is g_min (1 + K sigma(theta)), K = g_max / g_min - 1, as PHAX constrains it
    (published: K = 7.33 of 8.33 MOhm to 1 MOhm); a size runs through its range in the logarithm.

    A share of a crossbar's cells may be left unformed.  Those conduct what they leak, whatever
    their theta, and have no gradient; which they are is found while training, see `form`.

    Where cells bend, most methods train them as resistors, `of_resistors`.

    It is the nominal network, or, from `make` on, chips of it at one of the corners that it knows.
    """

    of_resistors: ClassVar[bool] = True

    def __init__(
        self,
        names: Sequence[str],
        widths: Sequence[int],
        conductance_range: tuple[float, float],
        inverters: Sequence[InverterSizes],
        supply_volts: float,
        seed: int,
        parasitics: Parasitics = NO_PARASITICS,
    ) -> None:
        """`widths` are inputs, hidden widths, outputs; one name and size range a layer."""
        super().__init__()
        self._names = tuple(names)
        self._low, self._high = conductance_range
        self._inverters = tuple(inverters)
        self._supply = supply_volts
        self._parasitics = parasitics
        self._trained = parasitics.of_resistors if self.of_resistors else parasitics
        self.sizes_on_grid = False  # whether sizes are those that can be built
        self._unformed: dict[int, float] = {}  # shares of the cells, by layer
        self._leak_siemens = 0.0
        self.corner = 0  # of those in `train_at`
        self._conditions = ONE_CHIP
        self._drawn: tuple[LayerDraw, ...] | None = None
        random = torch.Generator().manual_seed(seed)
        self.theta_rows = nn.ParameterList()
        self.theta_bias = nn.ParameterList()
        self.rho = nn.ParameterList()
        for rows, columns in pairwise(widths):
            # Few cells high, most low: a column's sum bounds what one cell can weigh.
            self.theta_rows.append(torch.randn(2 * rows, columns, generator=random) - 1.0)
            self.theta_bias.append(torch.randn(2, columns, generator=random) - 1.0)
            self.rho.append(torch.zeros(2 * columns))
        self.renew_wires()

    def have_bias_pairs(self, pairs: Sequence[int], seed: int) -> None:
        """Give each crossbar so many pairs of bias rows, the first of which is there."""
        random = torch.Generator().manual_seed(seed ^ _OF_BIASES)
        for number, count in enumerate(pairs):
            if count > 1:
                found = self.theta_bias[number].detach()
                more = torch.randn(2, count - 1, found.shape[1], generator=random) - 1.0
                halves = torch.cat([found[:, None], more], 1)
                self.theta_bias[number] = nn.Parameter(halves.flatten(0, 1))
        if max(pairs) > 1:
            self.renew_wires()

    @property
    def conductance_range(self) -> tuple[float, float]:
        """What a formed cell may be, siemens."""
        return self._low, self._high

    def bias_pairs(self, number: int) -> int:
        """How many pairs of bias rows the crossbar of layer `number` has."""
        return len(self.theta_bias[number]) // 2

    def program(self, number: int, rows: FloatArray, bias: FloatArray) -> None:
        """Begin layer `number` with these cells, siemens (2 N, M) and (2 P, M), within the range.

        Wires know of them once they are renewed.
        """
        for theta, cells in ((self.theta_rows, rows), (self.theta_bias, bias)):
            part = torch.from_numpy((cells - self._low) / (self._high - self._low))
            with torch.no_grad():
                theta[number].copy_(torch.logit(part))

    def leave_unformed(self, shares: Sequence[float], leak_siemens: float) -> None:
        """Have `form` leave a share of the cells of each crossbar unformed, from 0 up to 1."""
        self._leak_siemens = leak_siemens
        for number, share in enumerate(shares):
            if share:
                self._unformed[number] = share
                cells = torch.cat([self.theta_rows[number], self.theta_bias[number]])
                self.register_buffer(f"formed_{number}", torch.ones_like(cells, dtype=torch.bool))

    def form(self, progress: float) -> None:
        """Choose the cells that are formed at this part, from 0 to 1, of the way to the shares.

        Those that conduct least say least: a row that hardly reaches a column is not heard in it.
        The share grows by a cubic law, fast while there are many to choose from (Zhu and Gupta,
        arXiv:1710.01878).  What is left out keeps its theta, and is formed again where others have
        sunk below it.  Every column keeps two cells, so that none floats.
        """
        for number, share in self._unformed.items():
            with torch.no_grad():
                cells = torch.cat([self.theta_rows[number], self.theta_bias[number]])
                count = round(share * (1 - (1 - progress) ** 3) * cells.numel())
                kept = cells.clone()
                kept.scatter_(0, cells.topk(min(2, len(cells)), dim=0).indices, torch.inf)
                formed = torch.ones_like(cells, dtype=torch.bool)
                formed.view(-1)[kept.flatten().argsort(stable=True)[:count]] = False
                formed |= kept.isinf()
            self.register_buffer(f"formed_{number}", formed)

    def train_at(self, curves: Sequence[Any]) -> None:
        """Know the inverter at several corners, in place of the one that it was made with."""
        raise NotImplementedError

    def make(
        self, conditions: Conditions, corner: int, samples: int, random: torch.Generator
    ) -> None:
        """Be chips of this network from now on, at a corner, for batches of so many samples."""
        self.corner = corner
        self._conditions = conditions
        shapes = [
            (len(rows) + len(bias), rows.shape[1])
            for rows, bias in zip(self.theta_rows, self.theta_bias, strict=True)
        ]
        drawn = conditions.draw(shapes, samples, random)
        here = self.theta_rows[0].device
        self._drawn = None if drawn is None else tuple(layer.to(here) for layer in drawn)

    def be_nominal(self) -> None:
        """Be the network itself again, at the first corner."""
        self.corner, self._drawn = 0, None

    def forward(self, inputs_volts: Tensor) -> list[LayerState]:
        """Runs inputs (B, N) through the network as the method sees it."""
        raise NotImplementedError

    def readout_plus(self, net: Tensor, minus: Tensor) -> Tensor:
        """V+ (M, B) of the read-out's neurons, which nothing hears."""
        raise NotImplementedError

    def crossbar(self, number: int) -> Crossbar:
        """The crossbar of layer `number`, on a chip as it came out; differentiable."""
        wired = self._parasitics.wires_of(number) is not None
        ratio = self.get_buffer(f"lean_{number}") if wired else None
        return crossbar(*self._made(number), self._trained, self._supply, ratio)

    def seen(self, number: int, net: Tensor) -> Tensor:
        """What INV1 of layer `number` sees of columns at `net` (M, B): on a chip, a threshold."""
        offset = self._offset(number, 1)
        return net if offset is None else net + offset

    def shift(self, number: int) -> Tensor | None:
        """How far what INV2 of layer `number` sees is from V-, (M, B) volts; None: not at all."""
        return self._offset(number, 0)

    def _offset(self, number: int, which: int) -> Tensor | None:
        """Thresholds of INV2 (0) or of INV1 (1), at their inputs; differentiable to their sizes."""
        volts = self._conditions.offsets_volts[self.corner] if self._drawn is not None else 0.0
        if self._drawn is None or not volts:
            return None
        normal = (self._drawn[number].plus, self._drawn[number].minus)[which]
        return volts * normal / self.sizes(number).chunk(2)[which].sqrt()[:, None]

    def columns_of_inputs(self, first: Crossbar, inputs_volts: Tensor) -> Tensor:
        """The columns (M, B) of the first crossbar at inputs (B, N)."""
        volts = inputs_volts.T
        if isinstance(first, IdealCrossbar) and not volts.requires_grad:
            apply: Any = InputColumns.apply  # torch does not type it
            net: Tensor = apply(first.rows, first.bias, first.supply_volts, volts)
        else:
            net = first.nets_of_inputs(volts)
        if self._drawn is None or self._drawn[0].read is None:
            return net
        return self.read(0, torch.cat([volts, -volts]), net)

    def read(self, number: int, rows: Tensor, net: Tensor) -> Tensor:
        """Columns `net` (M, B) of layer `number` with the read noise of cells, rows at (2 N, B).

        As `imnnc.physics.chips` has it, to first order; noise itself is not differentiated.
        """
        normal = None if self._drawn is None else self._drawn[number].read
        if normal is None or self._conditions.spread is None:
            return net
        with torch.no_grad():
            cells, bias = self._made(number)
            volts = ColumnNoise(cells, bias, self._supply).volts(rows, net)
        return net + self._conditions.spread.read_noise * volts * normal

    def _made(self, number: int) -> tuple[Tensor, Tensor]:
        """The cells of layer `number` as `_cells` has them, on a chip as they came out."""
        rows, bias = self._cells(number)
        if self._drawn is None or self._conditions.spread is None:
            return rows, bias
        cells = torch.cat([rows, bias])
        made = as_made(cells, self._drawn[number], self._conditions.spread)
        if number in self._unformed:
            made = torch.where(self.get_buffer(f"formed_{number}"), made, cells)
        found_rows, found_bias = made.tensor_split([len(rows)])
        return found_rows, found_bias

    def renew_wires(self) -> None:
        """Solve the wires for the cells as they stand; until the next time, these are what leans.

        They drift: half a per cent of what wires do is wrong once cells have moved by 2 %.
        """
        with torch.no_grad():
            for number in range(len(self._names)):
                wires = self._parasitics.wires_of(number)
                if wires is not None:
                    self.register_buffer(f"lean_{number}", lean(*self._cells(number), wires))

    def _cells(self, number: int) -> tuple[Tensor, Tensor]:
        """Siemens of the rows (2 N, M) and of the bias pairs (2 P, M) of layer `number`."""
        apply: Any = Cells.apply  # torch does not type it
        theta = self.theta_rows[number], self.theta_bias[number]
        rows, bias = apply(*theta, self._low, self._high - self._low)
        if number in self._unformed:
            formed_rows, formed_bias = self._formed(number)
            rows = torch.where(formed_rows, rows, self._leak_siemens)
            bias = torch.where(formed_bias, bias, self._leak_siemens)
        return rows, bias

    def _formed(self, number: int) -> tuple[Tensor, Tensor]:
        """Which cells of the rows (2 N, M) and of the bias pairs (2 P, M) are formed."""
        formed = self.get_buffer(f"formed_{number}")
        rows = len(self.theta_rows[number])
        return formed[:rows], formed[rows:]

    def sizes(self, number: int) -> Tensor:
        """Sizes of INV2, then INV1, of layer `number`, (2 M,); differentiable until on the grid."""
        bounds = self._inverters[number]
        ratio = bounds.maximum / bounds.minimum
        sizes = bounds.minimum * ratio ** torch.sigmoid(self.rho[number])
        if not self.sizes_on_grid or bounds.step is None:
            return sizes
        built = on_grid(sizes.detach().cpu().double().numpy(), bounds)
        return torch.from_numpy(built).to(sizes)

    def loads(self, number: int) -> tuple[Tensor, Tensor]:
        """Siemens that V- and V+ of layer `number` drive, (M,) each; differentiable."""
        grounded = self._parasitics.output_siemens
        if number + 1 == len(self._names):
            free = torch.full_like(self.theta_bias[number][0], grounded)
            return free, free
        plus, minus = self.crossbar(number + 1).row_siemens.chunk(2)
        return minus + grounded, plus + grounded

    def charging(self, number: int) -> Charging | None:
        """What the stated capacitances of the crossbar of layer `number` do; differentiable."""
        if self._parasitics.capacitances_of(number) is None:
            return None
        return charging(torch.cat(self._cells(number)), self._parasitics, number)

    def found(self) -> NetworkParameters:
        """The network as it stands, in float64."""
        layers = []
        with torch.no_grad():
            for number, name in enumerate(self._names):
                cells, biases = self._cells(number)
                plus, minus = (
                    torch.cat([rows, bias]).double().numpy()
                    for rows, bias in zip(cells.chunk(2), biases.chunk(2), strict=True)
                )
                size_plus, size_minus = self.sizes(number).double().chunk(2)
                formed: list[BoolArray | None] = [None, None]
                if number in self._unformed:
                    formed_rows, formed_bias = self._formed(number)
                    formed = [
                        torch.cat([rows, bias]).numpy()
                        for rows, bias in zip(
                            formed_rows.chunk(2), formed_bias.chunk(2), strict=True
                        )
                    ]
                pairs = len(biases) // 2
                layers.append(
                    LayerParameters(
                        name,
                        plus,
                        minus,
                        size_minus.numpy(),
                        size_plus.numpy(),
                        formed[0],
                        formed[1],
                        pairs if pairs > 1 else None,
                    )
                )
        return NetworkParameters(tuple(layers), self._parasitics)
