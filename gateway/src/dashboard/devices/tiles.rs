//! Parts of the gate's own state → tiles: a title, what matters most in large, the rest in lines.

use domain::reason::Language;

use super::level::Level;
use super::parts::{DiskPart, HealthView, JournalPart, LedgerPart, PolicyPart, RegionPart};
use super::words::{Words, size};

/// One part of the gate as a tile.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tile {
    pub(super) title: &'static str,
    pub(super) value: String,
    pub(super) lines: Vec<String>,
    pub(super) level: Level,
}

/// Every tile, in the order of the page.
pub(super) fn all(view: &HealthView, language: Language) -> Vec<Tile> {
    let said = Said {
        w: Words::of(language),
        language,
    };
    vec![
        said.clock(view),
        said.disk(&view.disk),
        said.journal(&view.journal),
        said.ledger(&view.ledger),
        said.region(&view.region),
        said.certificates(view),
        said.policy(&view.policy),
    ]
}

/// Words, and the language for sentences whose order differs.
#[derive(Debug, Clone, Copy)]
struct Said {
    w: &'static Words,
    language: Language,
}

impl Said {
    fn either(self, zh: String, en: String) -> String {
        match self.language {
            Language::Zh => zh,
            Language::En => en,
        }
    }

    fn clock(self, view: &HealthView) -> Tile {
        let moment = view.at.get(..19).unwrap_or(&view.at).replace('T', " ");
        Tile {
            title: self.w.clock,
            value: view.clock.source.said(self.language).to_owned(),
            lines: vec![format!("{moment} UTC")],
            level: view.clock.level,
        }
    }

    fn disk(self, part: &DiskPart) -> Tile {
        let value = match (part.free_bytes, part.size_bytes) {
            (Some(free), Some(all)) => {
                let (free, all) = (size(free), size(all));
                self.either(
                    format!("可用 {free}，共 {all}"),
                    format!("{free} free of {all}"),
                )
            }
            (None, _) | (_, None) => self.w.disk_unknown.to_owned(),
        };
        Tile {
            title: self.w.disk,
            value,
            lines: part.cause.iter().cloned().collect(),
            level: part.level,
        }
    }

    fn journal(self, part: &JournalPart) -> Tile {
        let records = part.records;
        let value = match &part.failure {
            Some(_) => self.w.journal_fails.to_owned(),
            None => self.either(format!("{records} 条记录"), format!("{records} records")),
        };
        let mut lines: Vec<String> = part.failure.iter().cloned().collect();
        let (bytes, quota) = (size(part.bytes), size(part.quota_bytes));
        lines.push(self.either(
            format!("已用 {bytes}，配额 {quota}"),
            format!("{bytes} of {quota}"),
        ));
        let kept = part.kept_permille / 10;
        lines.push(self.either(
            format!("配额的 {kept} % 待区域确认，不能清理"),
            format!("{kept} % cannot go before the region has it"),
        ));
        let waiting = part.waiting;
        if waiting > 0 {
            lines.push(self.either(
                format!("{waiting} 条等待写入"),
                format!("{waiting} records wait for the disk"),
            ));
        }
        Tile {
            title: self.w.journal,
            value,
            lines,
            level: part.level,
        }
    }

    fn ledger(self, part: &LedgerPart) -> Tile {
        let value = part.revision.map_or_else(
            || self.w.no_ledger.to_owned(),
            |revision| self.either(format!("第 {revision} 版"), format!("revision {revision}")),
        );
        let mut lines = Vec::new();
        if part.is_forked {
            lines.push(self.w.ledger_forked.to_owned());
        }
        if let Some(age_s) = part.age_s {
            let ago = self.w.ago(age_s);
            let stale = self.w.span(u64::from(part.stale_after_s));
            lines.push(self.either(format!("区域确认于 {ago}"), format!("vouched for {ago}")));
            lines.push(self.either(
                format!("超过 {stale} 视为过期"),
                format!("stale after {stale}"),
            ));
        }
        if part.takes_snapshot {
            lines.push(self.w.takes_snapshot.to_owned());
        }
        Tile {
            title: self.w.ledger,
            value,
            lines,
            level: part.level,
        }
    }

    fn region(self, part: &RegionPart) -> Tile {
        let value = if !part.is_configured {
            self.w.not_configured
        } else if part.is_forked {
            self.w.region_forked
        } else if part.is_connected {
            self.w.connected
        } else {
            self.w.not_connected
        };
        let mut lines = Vec::new();
        if part.is_configured {
            lines.push(part.broker.clone());
            if !part.is_connected && !part.last_error.is_empty() {
                lines.push(part.last_error.clone());
            }
            let (backlog, age) = (part.backlog, self.w.span(part.backlog_age_s));
            lines.push(self.either(
                format!("{backlog} 条待确认，最早 {age}"),
                format!("{backlog} events not acknowledged, the oldest {age}"),
            ));
            let key = &part.region_key;
            lines.push(self.either(format!("区域公钥 {key}"), format!("region's key {key}")));
        }
        lines.extend(self.refused(part.refused, &part.last_refusal));
        Tile {
            title: self.w.region,
            value: value.to_owned(),
            lines,
            level: part.level,
        }
    }

    fn certificates(self, view: &HealthView) -> Tile {
        let part = &view.certificates;
        let value = match part.left_days {
            None => self.w.no_certificates.to_owned(),
            Some(days) if days < 0 => self.w.expired.to_owned(),
            Some(days) => self.either(format!("{days} 天后到期"), format!("{days} days left")),
        };
        let until = part.until.as_deref();
        let day = until.map(|until| until.get(..10).unwrap_or(until).to_owned());
        Tile {
            title: self.w.certificates,
            value,
            lines: day.into_iter().collect(),
            level: part.level,
        }
    }

    fn policy(self, part: &PolicyPart) -> Tile {
        Tile {
            title: self.w.policy,
            value: part.version.clone(),
            lines: self
                .refused(part.refused, &part.last_refusal)
                .into_iter()
                .collect(),
            level: part.level,
        }
    }

    fn refused(self, count: u64, last: &str) -> Option<String> {
        (count > 0).then(|| {
            self.either(
                format!("启动以来拒收 {count} 次，最近：{last}"),
                format!("{count} refused since the start, the last: {last}"),
            )
        })
    }
}
