//! Pixels → a baseline JPEG file with colour at half resolution, as cameras write it.
//!
//! Written here because the renderer must keep up with many simulated cameras: encoders that
//! keep the colour at full resolution take two to three times as long. Format and tables: ITU-T
//! T.81 annexes A, B, F and K; colours: JFIF 1.02. All components share the luminance codes of
//! annex K, which any decoder takes from the file.

use super::canvas::Canvas;

/// Quantisation of brightness at quality 50, row by row (table K.1).
const BRIGHTNESS: [u8; 64] = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56,
    14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113,
    92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];
/// The upper left corner of that of colour; all else is 99 (table K.2).
const COLOUR: [[u8; 4]; 4] = [
    [17, 18, 24, 47],
    [18, 21, 26, 66],
    [24, 26, 56, 99],
    [47, 66, 99, 99],
];
/// Order in which the 64 coefficients of a block are written (figure A.6).
const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];
/// How many codes have 1 to 16 bits, and what they stand for (tables K.3, K.5).
const MEAN_COUNTS: [u8; 16] = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0];
const MEAN_VALUES: [u8; 12] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
const WAVE_COUNTS: [u8; 16] = [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125];
const WAVE_VALUES: [u8; 162] = [
    0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07,
    0x22, 0x71, 0x14, 0x32, 0x81, 0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52, 0xd1, 0xf0,
    0x24, 0x33, 0x62, 0x72, 0x82, 0x09, 0x0a, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x25, 0x26, 0x27, 0x28,
    0x29, 0x2a, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49,
    0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69,
    0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89,
    0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7,
    0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3, 0xc4, 0xc5,
    0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2,
    0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8,
    0xf9, 0xfa,
];
/// Scales of the fast transform's outputs (Arai, Agui, Nakajima 1988).
const SCALES: [f32; 8] = [
    1.0,
    1.387_039_8,
    1.306_563,
    1.175_875_6,
    1.0,
    0.785_694_96,
    0.541_196_1,
    0.275_899_38,
];

type Block = [f32; 64];

/// Writes a canvas. `quality` is held between 1 and 100.
pub(super) fn encode(canvas: &Canvas, quality: u8) -> Vec<u8> {
    let scale = match u32::from(quality.clamp(1, 100)) {
        low @ 1..50 => 5000 / low,
        high => 200 - 2 * high,
    };
    let scaled = |value: u8| ((u32::from(value) * scale + 50) / 100).clamp(1, 255) as u8;
    let colour = |at: usize| {
        *COLOUR
            .get(at / 8)
            .and_then(|row| row.get(at % 8))
            .unwrap_or(&99)
    };
    let tables = [
        std::array::from_fn(|at| scaled(BRIGHTNESS[at])),
        std::array::from_fn(|at| scaled(colour(at))),
    ];
    let mut file = Vec::with_capacity(canvas.rgb.len() / 8);
    head(&mut file, canvas, &tables);
    let divisors = tables.map(|table: [u8; 64]| {
        std::array::from_fn(|at| {
            1.0 / (f32::from(table[at]) * SCALES[at / 8] * SCALES[at % 8] * 8.0)
        })
    });
    let mut scan = Scan {
        bits: Bits {
            file,
            held: 0,
            count: 0,
        },
        means: codes(&MEAN_COUNTS, &MEAN_VALUES),
        waves: codes(&WAVE_COUNTS, &WAVE_VALUES),
        before: [0; 3],
        divisors,
    };
    for top in (0..canvas.height).step_by(16) {
        for left in (0..canvas.width).step_by(16) {
            let (mut brightness, colours) = squares(canvas, left, top);
            for block in &mut brightness {
                scan.block(block, 0);
            }
            for (at, mut block) in colours.into_iter().enumerate() {
                scan.block(&mut block, at + 1);
            }
        }
    }
    scan.bits.finish()
}

fn head(file: &mut Vec<u8>, canvas: &Canvas, tables: &[[u8; 64]; 2]) {
    file.extend([0xff, 0xd8]);
    let mut segment = |marker: u8, content: &[u8]| {
        file.extend([0xff, marker]);
        let len = u16::try_from(content.len() + 2).expect("a segment is shorter than 64 KiB");
        file.extend(len.to_be_bytes());
        file.extend(content);
    };
    segment(0xe0, b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0");
    for (at, table) in (0..).zip(tables) {
        let ordered = ZIGZAG.map(|place| table[usize::from(place)]);
        segment(0xdb, &[&[at], &ordered[..]].concat());
    }
    let side = |px: usize| (px as u16).to_be_bytes();
    let (height, width) = (side(canvas.height), side(canvas.width));
    let size = [8, height[0], height[1], width[0], width[1], 3];
    segment(
        0xc0,
        &[&size[..], &[1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]].concat(),
    );
    segment(0xc4, &[&[0x00], &MEAN_COUNTS[..], &MEAN_VALUES].concat());
    segment(0xc4, &[&[0x10], &WAVE_COUNTS[..], &WAVE_VALUES].concat());
    segment(0xda, &[3, 1, 0, 2, 0, 3, 0, 0, 63, 0]);
}

/// Four blocks of brightness and one of each colour from 16 x 16 pixels; beyond the edge the last
/// pixel is repeated.
fn squares(canvas: &Canvas, left: usize, top: usize) -> ([Block; 4], [Block; 2]) {
    let mut brightness = [[0.0; 64]; 4];
    let mut colours = [[0.0; 64]; 2];
    let inside = left + 16 <= canvas.width;
    for y in 0..16 {
        let row = (top + y).min(canvas.height - 1) * canvas.width;
        let mut edge = [0_u8; 48];
        let pixels: &[u8] = if inside {
            &canvas.rgb[3 * (row + left)..3 * (row + left + 16)]
        } else {
            for (x, pixel) in edge.chunks_exact_mut(3).enumerate() {
                let at = 3 * (row + (left + x).min(canvas.width - 1));
                pixel.copy_from_slice(&canvas.rgb[at..at + 3]);
            }
            &edge
        };
        for (x, pixel) in pixels.chunks_exact(3).enumerate() {
            let (r, g, b) = (
                f32::from(pixel[0]),
                f32::from(pixel[1]),
                f32::from(pixel[2]),
            );
            let bright = 0.299 * r + 0.587 * g + 0.114 * b;
            brightness[y / 8 * 2 + x / 8][y % 8 * 8 + x % 8] = bright - 128.0;
            let cell = y / 2 * 8 + x / 2;
            colours[0][cell] += 0.25 * 0.564 * (b - bright);
            colours[1][cell] += 0.25 * 0.713 * (r - bright);
        }
    }
    (brightness, colours)
}

/// Code and its length for every value.
fn codes(counts: &[u8; 16], values: &[u8]) -> [(u32, u8); 256] {
    let mut table = [(0, 0); 256];
    let mut code = 0;
    let mut values = values.iter();
    for (len, &count) in (1..).zip(counts) {
        for value in values.by_ref().take(usize::from(count)) {
            table[usize::from(*value)] = (code, len);
            code += 1;
        }
        code <<= 1;
    }
    table
}

struct Scan {
    bits: Bits,
    means: [(u32, u8); 256],
    waves: [(u32, u8); 256],
    /// Mean of the block before, by component.
    before: [i32; 3],
    divisors: [[f32; 64]; 2],
}

impl Scan {
    fn block(&mut self, block: &mut Block, component: usize) {
        transform(block);
        let divisors = &self.divisors[component.min(1)];
        let mut rounded = [0_i32; 64];
        for (out, (value, divisor)) in rounded.iter_mut().zip(block.iter().zip(divisors)) {
            // Rounded half up without a call: shifted to be positive, then cut.
            *out = (value * divisor + 16384.5) as i32 - 16384;
        }
        let mean = rounded[0] - self.before[component];
        self.before[component] = rounded[0];
        let (len, rest) = magnitude(mean);
        let (code, bits) = self.means[usize::from(len)];
        self.bits.put(code, bits);
        self.bits.put(rest, len);
        let mut zeros = 0_u8;
        for place in &ZIGZAG[1..] {
            let value = rounded[usize::from(*place)];
            if value == 0 {
                zeros += 1;
                continue;
            }
            while zeros > 15 {
                let (code, bits) = self.waves[0xf0];
                self.bits.put(code, bits);
                zeros -= 16;
            }
            let (len, rest) = magnitude(value);
            let (code, bits) = self.waves[usize::from(zeros << 4 | len)];
            self.bits.put(code, bits);
            self.bits.put(rest, len);
            zeros = 0;
        }
        if zeros > 0 {
            let (code, bits) = self.waves[0];
            self.bits.put(code, bits);
        }
    }
}

/// How many bits a value takes, and these bits (F.1.2.1).
fn magnitude(value: i32) -> (u8, u32) {
    let len = 32 - value.unsigned_abs().leading_zeros();
    let bits = if value < 0 { value - 1 } else { value };
    (len as u8, bits as u32 & ((1 << len) - 1))
}

/// Bits into bytes, highest first; a byte of ones is followed by a zero.
struct Bits {
    file: Vec<u8>,
    held: u64,
    count: u8,
}

impl Bits {
    #[inline]
    fn put(&mut self, bits: u32, len: u8) {
        self.held = self.held << len | u64::from(bits);
        self.count += len;
        while self.count >= 8 {
            self.count -= 8;
            let byte = (self.held >> self.count) as u8;
            self.file.push(byte);
            if byte == 0xff {
                self.file.push(0);
            }
        }
    }

    fn finish(mut self) -> Vec<u8> {
        self.put(0x7f, 7);
        self.file.extend([0xff, 0xd9]);
        self.file
    }
}

/// Cosine transform of rows and columns, each output times a scale of its own.
fn transform(block: &mut Block) {
    for row in block.chunks_exact_mut(8) {
        let mut values = [0.0; 8];
        values.copy_from_slice(row);
        row.copy_from_slice(&line(values));
    }
    for column in 0..8 {
        let mut values = [0.0; 8];
        for (at, value) in values.iter_mut().enumerate() {
            *value = block[8 * at + column];
        }
        for (at, value) in line(values).into_iter().enumerate() {
            block[8 * at + column] = value;
        }
    }
}

#[inline]
fn line(v: [f32; 8]) -> [f32; 8] {
    let sum = [v[0] + v[7], v[1] + v[6], v[2] + v[5], v[3] + v[4]];
    let less = [v[0] - v[7], v[1] - v[6], v[2] - v[5], v[3] - v[4]];
    let (outer, inner) = (sum[0] + sum[3], sum[1] + sum[2]);
    let (outer_less, inner_less) = (sum[0] - sum[3], sum[1] - sum[2]);
    let even = (outer_less + inner_less) * std::f32::consts::FRAC_1_SQRT_2;
    let (a, b, c) = (less[3] + less[2], less[2] + less[1], less[1] + less[0]);
    let common = (a - c) * 0.382_683_43;
    let low = a * 0.541_196_1 + common;
    let high = c * 1.306_563 + common;
    let middle = b * std::f32::consts::FRAC_1_SQRT_2;
    let (up, down) = (less[0] + middle, less[0] - middle);
    [
        outer + inner,
        up + high,
        outer_less + even,
        down - low,
        outer - inner,
        down + low,
        outer_less - even,
        up - high,
    ]
}

#[cfg(test)]
mod tests {
    use super::super::grain::Grain;
    use super::*;

    #[test]
    fn a_decoder_gives_the_pixels_back() {
        // Odd sizes: the last squares are cut.
        let mut canvas = Canvas::new(43, 21, [0; 3], Grain::new(1));
        for (at, pixel) in canvas.rgb.chunks_exact_mut(3).enumerate() {
            let (x, y) = (at % 43, at / 43);
            pixel.copy_from_slice(&[(x * 5) as u8, (y * 11) as u8, (200 - x - y) as u8]);
        }
        let file = encode(&canvas, 95);
        let picture = vision::Picture::decode(&file, &vision::Limits::default()).unwrap();
        assert_eq!((picture.width(), picture.height()), (43, 21));
        for (seen, drawn) in picture.rgb().iter().zip(&canvas.rgb) {
            assert!(seen.abs_diff(*drawn) < 14, "{seen} for {drawn}");
        }
    }
}
