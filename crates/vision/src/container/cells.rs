//! A strip with one character below the other → its characters side by side.

use std::ops::Range;

use crate::picture::Picture;

/// Height of the line that is made.
const LINE_HEIGHT: u32 = 48;
/// Fewest and most characters worth a line.
const CELLS: Range<usize> = 4..24;
/// Where between paper and ink a character ends; each cut gives one line.
const LEVELS: [f32; 3] = [0.25, 0.4, 0.55];

/// The ways to cut a strip into characters, each as a line of 48 pixels height: as it is, and with
/// the ink alone on even paper.
pub(super) fn lines(strip: &Picture) -> Vec<Picture> {
    let ink = ink(strip);
    let profile = profile(&ink, strip.width() as usize);
    let mut cuts: Vec<Vec<Range<usize>>> = Vec::new();
    for level in LEVELS {
        let cut = cut(&profile, level, strip.width() as usize);
        if CELLS.contains(&cut.len()) && !cuts.iter().any(|other| same(other, &cut)) {
            cuts.push(cut);
        }
    }
    let even = even_paper(strip, &ink, &profile);
    cuts.iter()
        .flat_map(|cut| [line(&even, cut), line(strip, cut)])
        .collect()
}

/// The strip as light ink on dark, even paper.
fn even_paper(strip: &Picture, ink: &[f32], profile: &[f32]) -> Picture {
    let mut sorted = profile.to_vec();
    let full = share_of(&mut sorted, 0.8).max(1.0);
    let rgb = ink
        .iter()
        .flat_map(|value| {
            let grey = 50.0 + 180.0 * (value / full).clamp(-0.25, 1.1);
            [grey as u8; 3]
        })
        .collect();
    Picture::from_rgb(strip.width(), strip.height(), rgb).expect("one value a pixel of the strip")
}

fn same(a: &[Range<usize>], b: &[Range<usize>]) -> bool {
    let close =
        |a: &Range<usize>, b: &Range<usize>| a.start.abs_diff(b.start) + a.end.abs_diff(b.end) <= 4;
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| close(a, b))
}

/// How much every pixel differs from the paper, positive for ink. The paper is what a column of
/// pixels shows in the gaps between characters, so corrugation and shade count for nothing.
pub(super) fn ink(strip: &Picture) -> Vec<f32> {
    let (width, height) = (strip.width() as usize, strip.height() as usize);
    let mut grey: Vec<f32> = strip
        .rgb()
        .chunks_exact(3)
        .map(|pixel| pixel.iter().map(|&v| f32::from(v)).sum::<f32>() / 3.0)
        .collect();
    if is_dark_on_light(&grey) {
        grey.iter_mut().for_each(|value| *value = -*value);
    }
    let (window, step) = (8 * width, 2 * width);
    let mut ink = Vec::with_capacity(grey.len());
    let mut paper = vec![0.0; width];
    let mut samples = Vec::new();
    for y in 0..height {
        if y % step == 0 {
            let middle = y + step / 2;
            let rows = middle.saturating_sub(window / 2)..(middle + window / 2).min(height);
            for (x, level) in paper.iter_mut().enumerate() {
                samples.clear();
                samples.extend(rows.clone().step_by(2).map(|row| grey[row * width + x]));
                *level = *share_of(&mut samples, 0.2);
            }
        }
        ink.extend((0..width).map(|x| grey[y * width + x] - paper[x]));
    }
    ink
}

/// The strongest ink of every row, smoothed over three rows: the stem of a T counts as much as
/// its bar.
fn profile(ink: &[f32], width: usize) -> Vec<f32> {
    let mut samples = Vec::new();
    let rows: Vec<f32> = ink
        .chunks_exact(width)
        .map(|row| {
            samples.clear();
            samples.extend_from_slice(&row[width / 10..width - width / 10]);
            samples.sort_by(|a, b| b.total_cmp(a));
            let strongest = &samples[..4.min(samples.len())];
            strongest.iter().sum::<f32>() / strongest.len().max(1) as f32
        })
        .collect();
    (0..rows.len())
        .map(|y| {
            let near = &rows[y.saturating_sub(1)..(y + 2).min(rows.len())];
            near.iter().sum::<f32>() / near.len() as f32
        })
        .collect()
}

/// Ink covers less than half of a strip, so it is the longer tail of the distribution.
fn is_dark_on_light(grey: &[f32]) -> bool {
    let mut samples: Vec<f32> = grey.iter().step_by(3).copied().collect();
    let dark = *share_of(&mut samples, 0.04);
    let middle = *share_of(&mut samples, 0.5);
    let light = *share_of(&mut samples, 0.96);
    middle - dark > light - middle
}

/// The sample below which a share of all lies.
pub(super) fn share_of(samples: &mut [f32], share: f32) -> &f32 {
    let at = ((samples.len() - 1) as f32 * share) as usize;
    samples.select_nth_unstable_by(at, f32::total_cmp).1
}

/// Runs of inked rows, mended to the size of characters.
fn cut(profile: &[f32], level: f32, width: usize) -> Vec<Range<usize>> {
    let mut sorted = profile.to_vec();
    sorted.sort_by(f32::total_cmp);
    let share = |p: f32| sorted[((sorted.len() - 1) as f32 * p) as usize];
    let (paper, ink) = (share(0.08), share(0.75));
    let limit = paper + level * (ink - paper);
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (row, &value) in profile.iter().enumerate() {
        if value <= limit {
            continue;
        }
        match runs.last_mut() {
            Some(run) if run.end == row => run.end = row + 1,
            _ => runs.push(row..row + 1),
        }
    }
    runs.retain(|run| run.len() > width / 8);
    mended(runs, width)
}

/// Halves of one character joined, several characters in one run parted.
fn mended(runs: Vec<Range<usize>>, width: usize) -> Vec<Range<usize>> {
    let mut lengths: Vec<usize> = runs.iter().map(Range::len).collect();
    lengths.sort_unstable();
    let Some(&typical) = lengths.get(lengths.len() * 3 / 5) else {
        return Vec::new();
    };
    // A character is between half and twice as high as the strip is wide.
    let typical = typical.clamp(width / 2, width * 2);
    let mut joined: Vec<Range<usize>> = Vec::new();
    for run in runs {
        match joined.last_mut() {
            Some(last)
                if run.end - last.start <= typical * 5 / 4
                    && last.len().min(run.len()) < typical * 2 / 3 =>
            {
                last.end = run.end;
            }
            _ => joined.push(run),
        }
    }
    let mut parted = Vec::new();
    for run in joined {
        let parts = ((run.len() as f32 / typical as f32) + 0.4) as usize;
        let parts = parts.max(1);
        for part in 0..parts {
            let start = run.start + run.len() * part / parts;
            let end = run.start + run.len() * (part + 1) / parts;
            parted.push(start..end);
        }
    }
    parted.retain(|cell| cell.len() > typical / 3);
    parted
}

fn line(strip: &Picture, cells: &[Range<usize>]) -> Picture {
    let height = strip.height() as usize;
    let scaled: Vec<Picture> = cells
        .iter()
        .map(|cell| {
            let margin = (cell.len() / 8).max(1);
            let top = cell.start.saturating_sub(margin);
            let bottom = (cell.end + margin).min(height);
            let stride = 3 * strip.width() as usize;
            let rows = strip.rgb()[top * stride..bottom * stride].to_vec();
            let rows = Picture::from_rgb(strip.width(), (bottom - top) as u32, rows)
                .expect("whole rows of a strip");
            let width = LINE_HEIGHT * strip.width() / (bottom - top) as u32;
            rows.resized(width.clamp(16, 56), LINE_HEIGHT)
        })
        .collect();
    let width: usize = scaled.iter().map(|cell| cell.width() as usize).sum();
    let mut rgb = Vec::with_capacity(3 * width * LINE_HEIGHT as usize);
    for row in 0..LINE_HEIGHT as usize {
        for cell in &scaled {
            let stride = 3 * cell.width() as usize;
            rgb.extend_from_slice(&cell.rgb()[row * stride..(row + 1) * stride]);
        }
    }
    Picture::from_rgb(width as u32, LINE_HEIGHT, rgb).expect("cells of one height side by side")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_below_each_other_become_cells() {
        // Eleven blocks of 30 rows in a strip with a bright stripe from top to bottom.
        let (width, pitch) = (32_usize, 44_usize);
        let mut rgb = Vec::new();
        for row in 0..pitch * 11 {
            for x in 0..width {
                let inked = row % pitch < 30 && (10..22).contains(&x) && (x + row / 6) % 5 < 3;
                let stripe = x == 6;
                rgb.extend([if inked || stripe { 220_u8 } else { 60 }; 3]);
            }
        }
        let strip = Picture::from_rgb(32, (pitch * 11) as u32, rgb).unwrap();
        for level in LEVELS {
            let cells = cut(&profile(&ink(&strip), width), level, width);
            assert_eq!(cells.len(), 11, "{level}: {cells:?}");
            assert!(cells.iter().all(|cell| cell.len().abs_diff(30) <= 4));
        }
        assert_eq!(lines(&strip)[0].height(), LINE_HEIGHT);
    }

    #[test]
    fn a_plain_strip_has_no_characters() {
        let strip = Picture::from_rgb(32, 300, vec![90; 32 * 300 * 3]).unwrap();
        assert!(lines(&strip).is_empty());
    }
}
