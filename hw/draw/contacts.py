"""Relay contacts, and what they switch: barrier, heads, siren, strobe."""

from drivers import OUTPUTS


def outputs(sheet, rows):
    sheet.title = "Relay contacts, barrier, lamps"
    sheet.frame(3, 3, 58, 104, "Cabinet: relay contacts, 24 V DC, 2 A at most; D21 to D30 in the clamps")
    pairs = {row["signal"]: row["terminal"].split("-") for row in rows if row["connector"] == "X3"}
    for index, signal in enumerate(OUTPUTS):
        closed = signal in ("entry_red", "exit_red")
        contact_row(sheet, index, f"K{index + 1}", signal, closed, pairs[signal])
    contact_row(sheet, 9, "K10", "watchdog", True, ["19", "20"], pins=("21", "22"))
    barrier(sheet)
    lamps(sheet)


def contact_row(sheet, index, relay, signal, closed, pair, pins=None):
    y = 10 + 10 * index
    pins = pins or (("11", "12") if closed else ("33", "34"))
    sheet.text(5, y - 2.2, signal, size=11, bold=True)
    sheet.place("TERMINAL", "X3", 13, y, "rail_outputs", pins=(pair[0],), name=f"X3.{pair[0]}")
    sheet.place(
        "NC" if closed else "NO",
        relay,
        20,
        y,
        "relay",
        pins=pins,
        value=f"{pins[0]}-{pins[1]}",
        text=(3, -3.2, "middle"),
    )
    sheet.wire((13, y), (20, y))
    other = {"arm_up": "K2", "arm_down": "K1"}.get(signal)
    if other is None:
        sheet.wire((26, y), (50, y))
    else:
        # Forcibly guided: open for as long as the other relay is in or welded.
        sheet.wire((26, y), (38, y))
        sheet.place("NC", other, 38, y, "relay", pins=("21", "22"), value="21-22", text=(3, -3.2, "middle"))
        sheet.wire((44, y), (50, y))
    sheet.place("TVS", f"D{index + 21}", 30, y + 4, "TVS36_rail", text=(3, -2.6, "middle"))
    sheet.wire((17, y), (17, y + 4), (30, y + 4))
    sheet.wire((36, y + 4), (46, y + 4), (46, y))
    sheet.place("TERMINAL", "X3", 50, y, "rail_outputs", pins=(pair[1],), name=f"X3.{pair[1]}", turn=2)
    sheet.names.append((13, y, f"X3.{pair[0]}"))
    sheet.names.append((50, y, f"X3.{pair[1]}"))


def barrier(sheet):
    sheet.frame(64, 3, 92, 62, "Cabinet: barrier drive inputs, hand station, fire relay")
    # Common rail.
    sheet.place("TERMINAL", "X5", 72, 10, "rail_barrier", pins=("1",), name="X5.1 COM")
    sheet.wire((72, 10), (90, 10))
    sheet.wire((90, 10), (90, 54))
    sheet.names.append((72, 10, "BARRIER_COM"))
    sheet.text(92, 8.6, "barrier common", size=10)

    def end(y, pin, name):
        sheet.place("TERMINAL", "X5", 143, y, "rail_barrier", pins=(pin,), name=f"X5.{pin} {name}", turn=2)

    def leg(y, left, right, start=90):
        sheet.wire((start, y), (start + 3, y))
        sheet.net(start + 3, y, left)
        sheet.net(124, y, right, side="left")
        sheet.wire((124, y), (128, y))

    # OPEN: K1; hand; fire while the controller is dead.
    leg(14, "X3.1", "X3.2")
    sheet.wire((128, 14), (143, 14))
    end(14, "2", "OPEN")
    sheet.place("KEY", "S1", 93, 20, "key_switch", pins=("13", "14"), value="13-14")
    sheet.place("PUSH", "S2", 103, 20, "button_up", pins=("13", "14"), value="13-14")
    sheet.wire((90, 20), (93, 20))
    sheet.wire((99, 20), (103, 20))
    sheet.wire((109, 20), (128, 20), (128, 14))
    # CLOSE: K2 or hand, never while the fire relay is in.
    leg(27, "X3.3", "X3.4")
    sheet.place("KEY", "S1", 93, 33, "key_switch", pins=("23", "24"), value="23-24")
    sheet.place("PUSH", "S3", 103, 33, "button_down", pins=("13", "14"), value="13-14")
    sheet.place("NC", "S2", 112, 33, "button_up", pins=("21", "22"), value="21-22")
    sheet.wire((90, 33), (93, 33))
    sheet.wire((99, 33), (103, 33))
    sheet.wire((109, 33), (112, 33))
    sheet.wire((118, 33), (128, 33), (128, 27))
    sheet.place("NC", "K11", 132, 27, "fire_relay", pins=("21", "22"), value="21-22", text=(3, -3, "middle"))
    sheet.wire((128, 27), (132, 27))
    sheet.wire((138, 27), (143, 27))
    end(27, "3", "CLOSE")
    # STOP loop: closed to run.
    leg(40, "X3.5", "X3.6")
    sheet.wire((128, 40), (143, 40))
    end(40, "4", "STOP")
    sheet.place("KEY", "S1", 103, 46, "key_switch", pins=("33", "34"), value="33-34")
    sheet.wire((90, 46), (103, 46))
    sheet.wire((109, 46), (128, 46), (128, 40))
    # Dead controller and fire.
    leg_y = 54
    sheet.wire((90, leg_y), (92, leg_y))
    sheet.net(92, leg_y, "X3.19")
    sheet.net(116, leg_y, "X3.20", side="left")
    sheet.wire((116, leg_y), (120, leg_y))
    sheet.wire((120, 52), (120, 58))
    sheet.place("NO", "K11", 122, 52, "fire_relay", pins=("31", "34"), value="31-34", text=(8, 0.3, "start"))
    sheet.wire((120, 52), (122, 52))
    sheet.wire((128, 52), (128, 46))
    sheet.place("NO", "K11", 122, 58, "fire_relay", pins=("11", "14"), value="11-14", text=(3, 2.0, "middle"))
    sheet.wire((120, 58), (122, 58))
    sheet.wire((128, 58), (139, 58), (139, 14))
    sheet.note(
        66,
        62.6,
        "The drive runs its OPEN and CLOSE inputs hold-to-run; STOP opens to stop. Its own safety loop and photocell stay with it.",
    )


def lamps(sheet):
    sheet.frame(64, 67, 92, 40, "Field: heads, siren, strobe")
    loads = [
        ("H1", "head_red"),
        ("H2", "head_green"),
        ("H3", "head_red"),
        ("H4", "head_green"),
        ("P1", "siren"),
        ("P2", "strobe"),
    ]
    for index, (reference, key) in enumerate(loads):
        x, y = 70 + 44 * (index % 2), 75 + 8 * (index // 2)
        sheet.net(x + 6, y, f"X3.{8 + 2 * index}", side="left")
        sheet.wire((x + 6, y), (x + 12, y))
        sheet.place("TERMINAL", "X6", x + 9, y, "rail_lamps", pins=(str(index + 1),))
        sheet.text(x + 9, y + 1.8, f"X6.{index + 1}", anchor="middle", size=10)
        sheet.place("LAMP", reference, x + 12, y, key, text=(3, -3, "middle"))
        sheet.wire((x + 18, y), (x + 40, y))
    for x, pin in ((110, "7"), (154, "8")):
        sheet.wire((x, 75), (x, 101))
        sheet.place("TERMINAL", "X6", x, 98, "rail_lamps", pins=(pin,))
        sheet.text(x - 1, 98.4, f"X6.{pin}", anchor="end", size=10)
        sheet.power(x, 101, "0VF", up=False)
    sheet.place("TERMINAL", "X6", 154, 95, "rail_lamps", pins=("9",))
    sheet.text(153, 95.4, "X6.9", anchor="end", size=10)
    sheet.wire((86, 96), (86, 103))
    sheet.power(86, 96, "24VF_LAMP")
    for index in range(6):
        y, side = 97 + 3 * (index // 2), ("left", "right")[index % 2]
        x = 85 if side == "left" else 87
        sheet.net(x, y, f"X3.{7 + 2 * index}", side=side)
        sheet.wire((86, y), (x, y))
