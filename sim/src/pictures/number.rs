//! A container's number and size-type code on a wall: in one line with a gap before the serial
//! number and the framed check digit, or one character below the other.

use super::canvas::Ink;
use super::lettering::Setting;
use super::livery::Livery;
use super::painter::Face;
use super::stage::Stage;
use super::{ContainerLook, TruthKind};

/// Room between the check digit and its frame, in heights.
const FRAME_ROOM: f32 = 0.16;
/// Thickness of that frame, in heights.
const FRAME_THICK: f32 = 0.09;
/// Distance of two characters of a column, in heights.
const COLUMN_STEP: f32 = 1.3;

/// Where the parts of a number stand on one line, metres from its left end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places {
    /// Where the owner code ends at the latest; the serial number starts here.
    pub(super) serial: f32,
    /// Between the owner code and the serial number, metres.
    pub(super) gap: f32,
    /// Least room before the check digit, in heights.
    pub(super) before_check: f32,
}

impl Stage<'_> {
    /// The number in one line with its upper left corner at `place`, the code below the serial
    /// number. Without `places` the gap before the serial number is that of a word.
    pub(super) fn number_line(
        &mut self,
        face: &Face,
        look: &ContainerLook,
        place: [f32; 2],
        places: Option<Places>,
        setting: &Setting,
    ) {
        let livery = Livery::of(look.number.as_str());
        let height = setting.height_m;
        let (owner, rest) = look.number.as_str().split_at(4);
        let (serial, check) = rest.split_at(6);
        let [owner, serial, check] = [owner, serial, check].map(|text| setting.line(text));
        let serial_at = match places {
            Some(places) => places.serial,
            None => owner.width_m + 0.6 * height,
        };
        let owner_at = match places {
            // Right-aligned to the gap.
            Some(places) => (places.serial - places.gap - owner.width_m).max(0.0),
            None => 0.0,
        };
        let before = places.map_or(0.5, |places| places.before_check);
        let check_at = serial_at + serial.width_m + before * height;
        let ink = Ink::Paint(livery.ink, 0.94);
        let (x, y) = (place[0], place[1]);
        if let Some(colour) = livery.sticker {
            let room = 0.3 * height;
            for (left, width) in [
                (owner_at, owner.width_m),
                (serial_at, serial.width_m),
                (check_at, check.width_m),
            ] {
                let (left, right) = (x + left - room, x + left + width + room);
                let (top, bottom) = (y - room, y + height + room);
                let corners = [[left, top], [right, top], [right, bottom], [left, bottom]];
                self.painter()
                    .painted(face, &corners, Ink::Paint(colour, 0.96));
            }
        }
        for (line, left) in [(&owner, owner_at), (&serial, serial_at), (&check, check_at)] {
            self.painter().line(face, line, [x + left, y], ink);
        }
        if livery.framed {
            let (room, thick) = (FRAME_ROOM * height, FRAME_THICK * height);
            let frame = [
                x + check_at - room - thick,
                y - room - thick,
                x + check_at + check.width_m + room + thick,
                y + height + room + thick,
            ];
            self.painter().frame(face, frame, thick, ink);
        }
        let right = x + check_at + check.width_m;
        let region = [x + owner_at, y, right, y + height];
        self.truth(TruthKind::Number, look.number.as_str(), face, region);
        let below = y + 1.75 * height;
        let width =
            self.painter()
                .text(face, setting, &look.size_type, [x + serial_at, below], ink);
        let region = [x + serial_at, below, x + serial_at + width, below + height];
        self.truth(TruthKind::SizeType, &look.size_type, face, region);
    }

    /// How wide a number in one line is, metres.
    pub(super) fn number_width(look: &ContainerLook, setting: &Setting) -> f32 {
        let line = setting.line(look.number.as_str());
        line.width_m + 1.1 * setting.height_m + 2.0 * FRAME_ROOM * setting.height_m
    }

    /// The number as a column of characters around `x`, the code as another column to its right.
    pub(super) fn number_column(
        &mut self,
        face: &Face,
        look: &ContainerLook,
        place: [f32; 2],
        setting: &Setting,
    ) {
        let livery = Livery::of(look.number.as_str());
        let height = setting.height_m;
        let ink = Ink::Paint(livery.ink, 0.94);
        let gap = 0.4 * height;
        let text = look.number.as_str();
        let mut y = place[1];
        let mut half = 0.0_f32;
        for (at, c) in text.chars().enumerate() {
            y += if at == 4 || at == 10 { gap } else { 0.0 };
            let width = self.stacked_character(face, c, [place[0], y], setting, ink);
            half = half.max(0.5 * width);
            if at == 10 && livery.framed {
                let (room, thick) = (FRAME_ROOM * height, FRAME_THICK * height);
                let reach = 0.3 * height + room + thick;
                let frame = [
                    place[0] - reach,
                    y - room - thick,
                    place[0] + reach,
                    y + height + room + thick,
                ];
                self.painter().frame(face, frame, thick, ink);
            }
            y += COLUMN_STEP * height;
        }
        let bottom = y - (COLUMN_STEP - 1.0) * height;
        let region = [place[0] - half, place[1], place[0] + half, bottom];
        self.truth(TruthKind::Number, text, face, region);
        let x = place[0] + 2.6 * height;
        let mut y = place[1];
        for c in look.size_type.chars() {
            self.stacked_character(face, c, [x, y], setting, ink);
            y += COLUMN_STEP * height;
        }
        let bottom = y - (COLUMN_STEP - 1.0) * height;
        let region = [x - half, place[1], x + half, bottom];
        self.truth(TruthKind::SizeType, &look.size_type, face, region);
    }

    /// One character in the middle of a column; its width.
    fn stacked_character(
        &mut self,
        face: &Face,
        c: char,
        place: [f32; 2],
        setting: &Setting,
        ink: Ink,
    ) -> f32 {
        let line = setting.line(c.encode_utf8(&mut [0; 4]));
        let left = place[0] - 0.5 * line.width_m;
        self.painter().line(face, &line, [left, place[1]], ink);
        line.width_m
    }
}
