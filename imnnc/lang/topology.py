"""The network: its input, its layers, and names that a netlist can carry."""

from __future__ import annotations

from fractions import Fraction

from imnnc.circuit.naming import Refusal, clash, refusal
from imnnc.design import InputPort, InverterSizes, Layer, Network, Technology
from imnnc.diagnostics import Label, Span, fail
from imnnc.lang import syntax
from imnnc.lang.amounts import different_amounts, evaluate_range
from imnnc.lang.bounds import BOUNDS, within
from imnnc.lang.problems import Problems, already_reported
from imnnc.lang.values import Scope, declared
from imnnc.limits import MAX_CELLS, MAX_LAYERS


def network(
    declaration: syntax.Network,
    technology: Technology | None,
    dialects: tuple[str, ...],
    scope: Scope,
    problems: Problems,
) -> Network | None:
    """The network of a `network` block, None where something is wrong with it.

    Names are checked for the dialects that are asked for, inputs against the rails where the
    technology is known.
    """
    builder = _Builder(technology, dialects, scope, problems)
    before = len(problems.found)
    result = builder.build(declaration)
    return result if len(problems.found) == before else None


class _Builder:
    def __init__(
        self,
        technology: Technology | None,
        dialects: tuple[str, ...],
        scope: Scope,
        problems: Problems,
    ) -> None:
        self.technology = technology
        self.dialects = dialects
        self.scope = scope
        self.problems = problems

    def build(self, declaration: syntax.Network) -> Network | None:
        span = Span(self.scope.source, declaration.start, declaration.name.end)
        ports = [x for x in declaration.members if isinstance(x, syntax.Port)]
        layers = [x for x in declaration.members if isinstance(x, syntax.Layer)]
        with self.problems.gathered():
            self._check_network_name(declaration.name)
        self._check_order(declaration, ports, layers, span)
        problems = len(self.problems.found)
        self._check_names(declaration)
        differ = len(self.problems.found) == problems
        built_ports = [self._port(port) for port in ports]
        built_layers = [self._layer(layer) for layer in layers]
        if not built_ports or built_ports[0] is None:
            return None
        complete = tuple(layer for layer in built_layers if layer is not None)
        if len(complete) < len(layers) or not layers:
            return None
        result = Network(declaration.name.text, built_ports[0], complete, span)
        with self.problems.gathered():
            check_cells(result)
        with self.problems.gathered():
            if differ:
                self._check_parts(result)
        return result

    def _check_network_name(self, name: syntax.Name) -> None:
        text = declared(name, self.scope)
        refused = refusal(text, self.dialects)
        if refused is None and self.technology is not None:
            devices = self.technology.nmos.device, self.technology.pmos.device
            if text.lower() in [device.lower() for device in devices]:
                refused = Refusal("the technology has a device of this name")
        if refused is not None:
            raise fail(
                "IM124",
                f"a network cannot be called `{text}`",
                self.scope.span(name),
                notes=[refused.reason],
                help=refused.help,
            )

    def _check_parts(self, network: Network) -> None:
        """Netlists make names of those of the input and the layers, which have to differ."""
        found = clash(network, self.dialects)
        if found is None:
            return
        assert found.second.span is not None
        assert found.first.span is not None
        raise fail(
            "IM123",
            f"the name `{found.second.name}` leads to `{found.name}` in a netlist, "
            f"and so does `{found.first.name}`",
            found.second.span,
            secondary=[Label(found.first.span, "the other one")],
            help="rename one of the two",
        )

    def _check_order(
        self,
        declaration: syntax.Network,
        ports: list[syntax.Port],
        layers: list[syntax.Layer],
        span: Span,
    ) -> None:
        """One input at the beginning, one output at the end."""
        name = declaration.name.text[:60]
        outputs = [layer for layer in layers if layer.keyword.text == "output"]
        for kind, found in (("input", ports), ("output", outputs)):
            with self.problems.gathered():
                if not found:
                    raise fail("IM122", f"network `{name}` must have an `{kind}`", span)
                if len(found) > 1:
                    raise fail(
                        "IM122",
                        f"network `{name}` must have one `{kind}`, not {len(found)}",
                        self._header(found[1]),
                        secondary=[Label(self._header(found[0]), "the first one")],
                    )
        with self.problems.gathered():
            if len(ports) == 1 and declaration.members[0] is not ports[0]:
                raise fail("IM122", "`input` must come before the layers", self._header(ports[0]))
            if len(outputs) == 1 and declaration.members[-1] is not outputs[0]:
                raise fail("IM122", "`output` must come last", self._header(outputs[0]))
            if len(layers) > MAX_LAYERS:
                raise fail(
                    "IM114",
                    f"a network must have at most {MAX_LAYERS} layers, not {len(layers)}",
                    span,
                )

    def _check_names(self, declaration: syntax.Network) -> None:
        """Nets are named after inputs and layers, and SPICE does not tell case apart."""
        seen: dict[str, syntax.Name] = {}
        for member in declaration.members:
            with self.problems.gathered():
                text = declared(member.name, self.scope)
                first = seen.setdefault(text.lower(), member.name)
                if first is member.name:
                    continue
                notes = [] if first.text == text else ["names in a netlist have no case"]
                raise fail(
                    "IM123",
                    f"the name `{text}` is taken by `{first.text}`",
                    self.scope.span(member.name),
                    secondary=[Label(self.scope.span(first), "first used here")],
                    notes=notes,
                )

    def _port(self, port: syntax.Port) -> InputPort | None:
        width = self._width(port.width)
        with self.problems.gathered():
            low, high = self._limits(port)
            if width is not None:
                return InputPort(port.name.text, width, float(low), float(high), self._header(port))
        return None

    def _limits(self, port: syntax.Port) -> tuple[float, float]:
        """The range of the inputs, the whole swing between the rails unless it is given."""
        if port.limits is None:
            if self.technology is None:
                raise already_reported()
            return -self.technology.supply_volts, self.technology.supply_volts
        low, high = evaluate_range(port.limits, port.name.text, BOUNDS["port"], self.scope)
        if self.technology is not None:
            within_rails((low, high), port.name.text, self.technology, self.scope.span(port.limits))
        return float(low), float(high)

    def _layer(self, layer: syntax.Layer) -> Layer | None:
        width = self._width(layer.width)
        inverters = layer.neurons.inverters if layer.neurons is not None else ()
        with self.problems.gathered():
            if not inverters:
                raise fail(
                    "IM112",
                    f"layer `{layer.name.text[:60]}` must have an `inverter`",
                    self._header(layer),
                    help="put `{ inverter size 1 .. 10 }` behind it",
                )
            if len(inverters) > 1:
                raise fail(
                    "IM111",
                    "`inverter` is given twice",
                    self.scope.span(inverters[1]),
                    secondary=[Label(self.scope.span(inverters[0]), "first given here")],
                )
            sizes = self._sizes(inverters[0])
            shares = self._unformed(layer.neurons.unformed if layer.neurons is not None else ())
            if width is not None:
                return Layer(layer.name.text, width, sizes, self._header(layer), unformed=shares)
        return None

    def _unformed(self, found: tuple[syntax.Unformed, ...]) -> tuple[float, ...] | None:
        """The shares of cells that are tried to be left unformed; None: all are formed."""
        if not found:
            return None
        if len(found) > 1:
            raise fail(
                "IM111",
                "`unformed` is given twice",
                self.scope.span(found[1]),
                secondary=[Label(self.scope.span(found[0]), "first given here")],
            )
        return tuple(
            float(amount.value)
            for amount in different_amounts(
                "unformed", found[0].shares, BOUNDS["layer.unformed"], self.scope, self.problems
            )
        )

    def _width(self, expression: syntax.Expression) -> int | None:
        with self.problems.gathered():
            quantity = self.scope.evaluate(expression)
            span = self.scope.span(expression)
            return int(within("width", quantity, BOUNDS["width"], span))
        return None

    def _sizes(self, inverter: syntax.Inverter) -> InverterSizes:
        bounds = BOUNDS["size"]
        if isinstance(inverter.size, syntax.Range):
            low, high = evaluate_range(inverter.size, "size", bounds, self.scope, may_be_equal=True)
        else:
            span = self.scope.span(inverter.size)
            low = high = within("size", self.scope.evaluate(inverter.size), bounds, span)
        span = self.scope.span(inverter)
        if inverter.continuous:
            return InverterSizes(float(low), float(high), None, span)
        step = Fraction(1)
        if inverter.step is not None:
            step_span = self.scope.span(inverter.step)
            quantity = self.scope.evaluate(inverter.step)
            step = within("step", quantity, BOUNDS["step"], step_span)
        if (high - low) % step:
            raise fail(
                "IM116",
                f"size {bounds.show(high)} is not reached from {bounds.show(low)} "
                f"in steps of {bounds.show(step)}",
                self.scope.span(inverter.size),
                help="change an end, add `step 0.5` or the like, or `continuous`",
            )
        return InverterSizes(float(low), float(high), float(step), span)

    def _header(self, member: syntax.Port | syntax.Layer) -> Span:
        """The keyword and the name of a member of the network."""
        return Span(self.scope.source, member.start, member.name.end)


def within_rails(
    limits: tuple[Fraction, Fraction], what: str, technology: Technology, span: Span
) -> None:
    """Check that a range of voltages lies between the rails."""
    low, high = limits
    rail = technology.supply_volts
    if float(low) < -rail or float(high) > rail:
        shown = BOUNDS["port"].show
        raise fail(
            "IM114",
            f"`{what}` must stay between the rails at -{shown(Fraction(str(rail)))} and "
            f"{shown(Fraction(str(rail)))}, not reach from {shown(low)} to {shown(high)}",
            span,
        )


def check_cells(network: Network) -> None:
    """Fail with IM114 where a crossbar has too many cells."""
    for pairs, layer in zip(network.row_pairs, network.layers, strict=True):
        cells = 2 * pairs * layer.width
        if cells > MAX_CELLS:
            raise fail(
                "IM114",
                f"the crossbar of `{layer.name}` must have at most {MAX_CELLS} cells, not {cells}",
                layer.span,
            )
