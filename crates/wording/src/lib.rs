//! What gate and region both tell people → words in both languages. A missing translation does not
//! compile. Knows what happened, not what to do about it.

mod events;
mod terms;

pub use domain::reason::Language;

pub use self::events::event;
pub use self::terms::{
    account, breach, degraded, device_state, ended, lane_fault, radiation, rule, scan_verdict,
    seal_state, time_source, verdict,
};

/// The text of one language.
#[must_use]
pub const fn pick<'t>(language: Language, zh: &'t str, en: &'t str) -> &'t str {
    match language {
        Language::Zh => zh,
        Language::En => en,
    }
}

/// A struct `Words` with every word of a set of pages in one language, from lines
/// `name: "Chinese", "English";`.
#[macro_export]
macro_rules! words {
    ($($name:ident: $zh:literal, $en:literal;)*) => {
        /// Every word of the pages in one language.
        #[derive(Debug)]
        pub(crate) struct Words {
            /// For the `lang` attribute.
            pub(crate) code: &'static str,
            /// Whether it is Chinese.
            pub(crate) is_zh: bool,
            $(pub(crate) $name: &'static str,)*
        }

        impl Words {
            pub(crate) const ZH: Self = Self { code: "zh-CN", is_zh: true, $($name: $zh,)* };
            pub(crate) const EN: Self = Self { code: "en", is_zh: false, $($name: $en,)* };

            /// The words of a language.
            pub(crate) const fn of(language: $crate::Language) -> &'static Self {
                match language {
                    $crate::Language::Zh => &Self::ZH,
                    $crate::Language::En => &Self::EN,
                }
            }
        }
    };
}
