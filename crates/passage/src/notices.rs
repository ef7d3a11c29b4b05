//! Steps of a passage → the words on the driver's display, in both languages. Why a vehicle is
//! held comes from the findings, not from here.

use domain::reason::Notice;

fn notice(zh: &str, en: &str) -> Notice {
    Notice {
        zh: zh.to_owned(),
        en: en.to_owned(),
    }
}

pub(crate) fn free() -> Notice {
    notice("请驶入", "Drive up")
}

pub(crate) fn stop() -> Notice {
    notice(
        "请停在停止线，正在识别",
        "Stop at the line, reading in progress",
    )
}

pub(crate) fn checking() -> Notice {
    notice("正在核对，请稍候", "Checking, please wait")
}

pub(crate) fn go() -> Notice {
    notice("放行，请通过", "Released, drive on")
}

pub(crate) fn drive_on() -> Notice {
    notice("已放行，请立即驶离", "You are released: leave the lane now")
}

pub(crate) fn confirming() -> Notice {
    notice(
        "核对无误，请等待关员确认",
        "Checked, an officer will confirm",
    )
}

pub(crate) fn to_bay() -> Notice {
    notice("请驶往查验区", "Drive to the inspection bay")
}

pub(crate) fn back_to_bay() -> Notice {
    notice(
        "请倒车退出，按指引前往查验区",
        "Back out and follow the way to the inspection bay",
    )
}

pub(crate) fn closed() -> Notice {
    notice("车道关闭，请倒车退出", "Lane closed, please back out")
}

pub(crate) fn not_recording() -> Notice {
    notice(
        "系统无法记录，暂停放行，请等待",
        "The gate cannot record: nobody is released, please wait",
    )
}

pub(crate) fn barrier_fault() -> Notice {
    notice(
        "栏杆故障，请等待工作人员",
        "The barrier has a fault, staff will come",
    )
}

pub(crate) fn stopped() -> Notice {
    notice("停车！请等待关员", "Stop! Wait for an officer")
}
