//! Roles → rights. Which rules a person may override is kept per account, not here.

/// What a person is at the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Looks on: a wall page, a visitor, an auditor.
    Viewer,
    /// Works off held vehicles.
    Clerk,
    /// Also decides how lanes work.
    Supervisor,
    /// Keeps the accounts. Handles no vehicle, so that nobody gives himself a privilege and uses it.
    Administrator,
}

/// What may be done at the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Right {
    /// See lanes, passages, evidence, devices and records.
    See,
    /// Acknowledge, re-weigh, re-read, send to the bay, choose the pass, clear with privileges.
    Handle,
    /// Change a lane's mode, declare degraded modes, end a passage without release.
    Lanes,
    /// Make and change accounts.
    Accounts,
}

impl Role {
    /// Every role, from the least to the most trusted.
    pub const ALL: [Self; 4] = [
        Self::Viewer,
        Self::Clerk,
        Self::Supervisor,
        Self::Administrator,
    ];

    /// Stable code, as in the state file and in forms.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Clerk => "clerk",
            Self::Supervisor => "supervisor",
            Self::Administrator => "administrator",
        }
    }

    /// The role of a code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }

    /// What the role may do.
    #[must_use]
    pub const fn rights(self) -> &'static [Right] {
        match self {
            Self::Viewer => &[Right::See],
            Self::Clerk => &[Right::See, Right::Handle],
            Self::Supervisor => &[Right::See, Right::Handle, Right::Lanes],
            Self::Administrator => &[Right::See, Right::Accounts],
        }
    }

    /// Whether the role has `right`.
    #[must_use]
    pub fn may(self, right: Right) -> bool {
        self.rights().contains(&right)
    }

    /// Whether accounts of the role may be given rules to override.
    #[must_use]
    pub fn may_hold_privileges(self) -> bool {
        self.may(Right::Handle)
    }
}

impl Right {
    /// Every right.
    pub const ALL: [Self; 4] = [Self::See, Self::Handle, Self::Lanes, Self::Accounts];

    /// Stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::See => "see",
            Self::Handle => "handle",
            Self::Lanes => "lanes",
            Self::Accounts => "accounts",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_has_its_rights_and_no_others() {
        for (role, see, handle, lanes, accounts) in [
            (Role::Viewer, true, false, false, false),
            (Role::Clerk, true, true, false, false),
            (Role::Supervisor, true, true, true, false),
            (Role::Administrator, true, false, false, true),
        ] {
            let has = Right::ALL.map(|right| role.may(right));
            assert_eq!(has, [see, handle, lanes, accounts], "{role:?}");
            assert_eq!(role.may_hold_privileges(), handle, "{role:?}");
            assert_eq!(Role::from_code(role.code()), Some(role));
        }
        assert_eq!(Role::from_code("root"), None);
    }
}
