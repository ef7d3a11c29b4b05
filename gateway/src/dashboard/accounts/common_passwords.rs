//! Passwords of at least twelve characters that everybody tries first. Shorter ones need no list:
//! their length refuses them.

/// Lower case; compared with the password in lower case.
const COMMON: [&str; 59] = [
    "0123456789012",
    "112233445566",
    "123456123456",
    "1234567890-=",
    "123456789012",
    "1234567890123",
    "12345678901234",
    "123456789012345",
    "1234567890123456",
    "1234567890abc",
    "1234567890qwe",
    "123456789abc",
    "123456789qwe",
    "123qweasdzxc",
    "123456qwerty",
    "147258369147",
    "147258369258",
    "1q2w3e4r5t6y",
    "1q2w3e4r5t6y7u",
    "1q2w3e4r5t6y7u8i",
    "1qaz2wsx3edc",
    "1qaz2wsx3edc4rfv",
    "1qazxsw23edc",
    "987654321098",
    "a123456789012",
    "a12345678901",
    "aa1234567890",
    "abc123456789",
    "abc1234567890",
    "abcd12345678",
    "abcdefghijkl",
    "abcdefghijklmnop",
    "admin1234567",
    "admin12345678",
    "administrator",
    "administrator1",
    "adminadminadmin",
    "asdfghjkl123",
    "changemechangeme",
    "correcthorsebatterystaple",
    "customs123456",
    "haiguan123456",
    "iloveyou1234",
    "letmeinletmein",
    "p@ssw0rd1234",
    "password1234",
    "password12345",
    "password123456",
    "passwordpassword",
    "qazwsxedcrfv",
    "qwertyuiop[]",
    "qwertyuiop12",
    "qwertyuiop123",
    "qwertyuiopasdfghjkl",
    "qwerty123456",
    "supervisor123",
    "welcome12345",
    "woaini1314520",
    "zxcvbnm123456",
];

/// Fewer different characters than this make a pattern, whatever the length.
const DIFFERENT_MIN: usize = 5;

/// Whether `password` is on the list, or is a pattern of very few characters.
pub(super) fn is_common(password: &str) -> bool {
    let lower = password.to_lowercase();
    let different: std::collections::BTreeSet<char> = lower.chars().collect();
    different.len() < DIFFERENT_MIN || COMMON.contains(&lower.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_and_patterns_are_common_and_a_sentence_is_not() {
        for (password, common) in [
            ("Password1234", true),
            ("qwertyUIOP12", true),
            ("zzzzzzzzzzzz", true),
            ("1212121212121212", true),
            ("the arm rises at seven", false),
            ("七点钟抬杆放行的卡车第三车道", false),
        ] {
            assert_eq!(is_common(password), common, "{password}");
        }
    }
}
