"""Runs inside KiCad's own Python: fills grounds, checks rules, plots.

`python3 fabricate.py BOARD.kicad_pcb OUT` writes gerbers, drill files, an SVG of each
side and OUT/drc.txt; it needs Debian's pcbnew module and nothing of ours.
"""

import sys
from pathlib import Path

import pcbnew  # type: ignore[import-not-found]  # KiCad's own Python has it

GERBERS = (
    ("F.Cu", pcbnew.F_Cu), ("B.Cu", pcbnew.B_Cu), ("F.SilkS", pcbnew.F_SilkS),
    ("F.Mask", pcbnew.F_Mask), ("B.Mask", pcbnew.B_Mask),
    ("Edge.Cuts", pcbnew.Edge_Cuts),
)  # fmt: skip


def main(source: str, out: str) -> None:
    """Do everything with one board."""
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    board = pcbnew.LoadBoard(source)
    pcbnew.ZONE_FILLER(board).Fill(board.Zones())
    filled = str(folder / Path(source).name)
    pcbnew.SaveBoard(filled, board)
    pcbnew.WriteDRCReport(
        board, str(folder / "drc.txt"), pcbnew.EDA_UNITS_MILLIMETRES, True
    )
    plot(board, folder)


def plot(board: "pcbnew.BOARD", folder: Path) -> None:
    """Write gerbers, drill files and pictures."""
    control = pcbnew.PLOT_CONTROLLER(board)
    options = control.GetPlotOptions()
    options.SetOutputDirectory(str(folder))
    options.SetPlotFrameRef(False)
    options.SetUseGerberProtelExtensions(False)
    for kind in (pcbnew.PLOT_FORMAT_GERBER, pcbnew.PLOT_FORMAT_SVG):
        for name, layer in GERBERS:
            control.SetLayer(layer)
            control.OpenPlotfile(name.replace(".", "_"), kind, name)
            control.PlotLayer()
    control.ClosePlot()
    drill = pcbnew.EXCELLON_WRITER(board)
    drill.SetFormat(True)
    drill.CreateDrillandMapFilesSet(str(folder), True, False)


if __name__ == "__main__":
    main(*sys.argv[1:])
