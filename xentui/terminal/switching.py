"""Control functions that set and reset modes, among them those that show the alternate screen."""

from __future__ import annotations

from xentui.terminal.charsets import Charsets
from xentui.terminal.editing import erase_in_display
from xentui.terminal.modes import ANSI_MODES, DEC_MODES, MOUSE_MODES, Modes
from xentui.terminal.parameters import Parameters
from xentui.terminal.row import Row
from xentui.terminal.screen import Screen
from xentui.terminal.style import PLAIN

_SAVED = {**DEC_MODES, 6: "origin", 7: "autowrap"}


def set_mode(screen: Screen, parameters: Parameters) -> None:
    """SM."""
    _switch(screen, parameters, on=True)


def reset_mode(screen: Screen, parameters: Parameters) -> None:
    """RM."""
    _switch(screen, parameters, on=False)


def _switch(screen: Screen, parameters: Parameters, *, on: bool) -> None:
    for mode in parameters:
        if mode in ANSI_MODES:
            setattr(screen.modes, ANSI_MODES[mode], on)


def set_private_mode(screen: Screen, parameters: Parameters) -> None:
    """DECSET."""
    for mode in parameters:
        _switch_private(screen, mode, on=True)


def reset_private_mode(screen: Screen, parameters: Parameters) -> None:
    """DECRST."""
    for mode in parameters:
        _switch_private(screen, mode, on=False)


def save_private_modes(screen: Screen, parameters: Parameters) -> None:
    """XTSAVE, of the modes that are kept."""
    for mode in parameters:
        if mode in MOUSE_MODES:
            screen.saved_modes[mode] = screen.modes.mouse == mode
        elif mode in _SAVED:
            screen.saved_modes[mode] = getattr(screen.modes, _SAVED[mode])


def restore_private_modes(screen: Screen, parameters: Parameters) -> None:
    """XTRESTORE; a mode that was not saved stays."""
    for mode in parameters:
        if mode in screen.saved_modes:
            _switch_private(screen, mode, on=screen.saved_modes[mode])


def _switch_private(screen: Screen, mode: int, *, on: bool) -> None:
    modes = screen.modes
    if mode in DEC_MODES:
        setattr(modes, DEC_MODES[mode], on)
    elif mode in MOUSE_MODES:
        modes.mouse = mode if on else 0
    elif mode == 6:
        modes.origin = on
        screen.move_to(0, 0)
    elif mode == 7:
        modes.autowrap = on
        screen.pending_wrap = screen.pending_wrap and on
    elif mode == 69:
        modes.left_right_margins = on
        screen.set_margins(0, screen.columns - 1)
    elif mode == 3 and modes.allow_column_mode:  # the guest never resizes; DECCOLM's other effects stay
        modes.left_right_margins = False
        screen.widen_region()
        erase_in_display(screen, (2,))
        screen.move_to(0, 0)
    elif mode == 1048:
        (screen.save_cursor if on else screen.restore_cursor)()
    elif mode in (47, 1047, 1049):
        (_show_alternate if on else _show_main)(screen, mode)


def _show_alternate(screen: Screen, mode: int) -> None:
    """The alternate screen; 1049 saves the cursor before and clears the screen after."""
    if screen.rows is not screen.main:
        return
    if mode == 1049:
        screen.save_cursor()
    screen.show_alternate()
    if mode == 1049:
        erase_in_display(screen, (2,))


def _show_main(screen: Screen, mode: int) -> None:
    """The main screen; 1047 clears the alternate one before, 1049 restores the cursor after, shown already or not."""
    if screen.rows is not screen.main:
        if mode == 1047:
            screen.rows[:] = [Row() for _ in range(screen.lines)]
        screen.show_main()
    if mode == 1049:
        screen.restore_cursor()


def soft_reset(screen: Screen, parameters: Parameters) -> None:
    """DECSTR: modes, looks, sets, region and saved cursor as after a reset; text and cursor stay."""
    del parameters
    before = screen.modes
    screen.modes = Modes(
        new_line=before.new_line,
        mouse=before.mouse,
        mouse_sgr=before.mouse_sgr,
        focus_events=before.focus_events,
        bracketed_paste=before.bracketed_paste,
    )
    screen.widen_region()
    screen.set_style(PLAIN)
    screen.charsets = Charsets()
    screen.saved_main = screen.saved_alternate = None
    screen.pending_wrap = False
