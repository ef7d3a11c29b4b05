//! The pages' words in both languages, and the words for what lanes do.

use domain::gate::ArmState;
use domain::gate_pass::Direction;
use domain::operator::LaneMode;
use wording::{Language, pick};

wording::words! {
    title: "卡口监管", "Gate control";
    skip: "跳到正文", "Skip to content";
    live: "实时", "LIVE";
    stale: "数据已过时", "STALE";
    other_language: "English", "中文";
    lanes: "通道", "Lanes";
    review: "复核", "Review";
    passages: "通行记录", "Passages";
    statistics: "统计", "Statistics";
    devices: "设备", "Devices";
    accounts: "账户", "Accounts";
    wall: "大屏", "Wall";
    display: "司机屏", "Driver display";
    sign_in: "登录", "Sign in";
    sign_out: "退出", "Sign out";
    user: "用户名", "User";
    password: "密码", "Password";
    code_digits: "动态口令（如已启用）", "Code of the second factor, if set";
    set_up: "首次设置", "First set-up";
    set_up_help: "控制台打印了一次性设置码；用它建立首个管理员。", "The console has printed a one-time code; it makes the first administrator.";
    set_up_code: "设置码", "Set-up code";
    make_admin: "建立管理员", "Make the administrator";
    password_help: "至少 12 个字符。", "At least 12 characters.";
    nobody_here: "通道空闲", "no vehicle";
    weight: "当前重量", "Weight now";
    measured: "实测", "measured";
    step: "步骤", "Step";
    arm: "栏杆", "Arm";
    readings: "读数", "Readings";
    no_readings: "尚无读数", "no readings yet";
    findings: "判定原因", "Findings";
    events: "事件", "Events";
    waiting: "待处理", "Waiting";
    queue_empty: "没有车辆在等待。", "No vehicle waits.";
    oldest_first: "最久者在前", "oldest first";
    taken_by: "受理人", "taken by";
    take: "受理", "Take";
    held_by_other: "此案由他人受理：", "This case is held by";
    release: "放行", "Release";
    confirm: "确认放行", "Confirm the release";
    to_bay: "移查验区", "Send to bay";
    reweigh: "重新称重", "Weigh again";
    reread: "重新识读", "Read again";
    call_region: "呼叫海关", "Call the region";
    end_without: "结束（不放行）", "End without release";
    reason_code: "原因代码", "Reason code";
    free_text: "说明", "Remark";
    send: "提交", "Send";
    cancel: "取消", "Cancel";
    keys: "按键：r 放行 · b 查验 · w 重称 · e 重读 · c 呼叫 · 数字选原因 · Enter 提交 · Esc 取消 · j/k 上下", "Keys: r release · b bay · w weigh again · e read again · c call · digit picks the reason · Enter sends · Esc leaves · j/k next and previous";
    needs_privilege: "需要权限", "needs the privilege for";
    held_by_users: "具备者", "held by";
    nobody_has: "本卡口无人具备", "nobody at this gate has it";
    detained: "扣留：只有海关可以放行。", "Detained: only customs releases it.";
    needs_second: "需第二人批准", "needs a second person's approval";
    approve: "批准", "Approve";
    approvals: "待批准", "Waiting for approval";
    asked_by: "申请人", "asked by";
    done: "已执行", "Done";
    refused: "未执行", "Not done";
    asked_second: "已提交，等待第二人批准", "Asked: a second person has to approve";
    search: "查询", "Search";
    search_help: "车牌、箱号、核放单号或通行编号", "Plate, container, pass or passage number";
    rule: "规则", "Rule";
    verdict: "判定", "Verdict";
    any: "不限", "any";
    from: "自", "From";
    to: "至", "To";
    vehicle: "车辆", "Vehicle";
    containers: "集装箱", "Containers";
    pass: "核放单", "Gate pass";
    arrived: "到达", "Arrived";
    end: "结果", "End";
    lane: "通道", "Lane";
    cleared_by: "放行人", "cleared by";
    known_since: "可查询自", "Known since";
    nothing_found: "没有符合的记录。", "Nothing fits.";
    csv: "导出 CSV", "Export as CSV";
    story: "全过程", "Story";
    evidence: "证据", "Evidence";
    time: "时间（UTC）", "Time (UTC)";
    event: "事件", "Event";
    sequence: "序号", "No.";
    hash: "链哈希", "Chain hash";
    proven: "链与签名相符", "Chain and signature hold";
    not_proven: "不能证明", "Not proven";
    not_sealed: "尚未签封，请稍后再看", "Not sealed yet; look again in a moment";
    pack: "下载证据包", "Download the evidence pack";
    notice: "打印拦截通知", "Print the hold notice";
    notice_title: "车辆拦截通知书", "Notice of a held vehicle";
    notice_what_next: "处理办法", "What can be done";
    signature_line: "经办人签字", "Signature of the officer";
    driver_line: "司机签字", "Signature of the driver";
    role: "角色", "Role";
    privileges: "可放行的规则", "May override";
    second_factor: "动态口令", "Second factor";
    yes: "是", "yes";
    no: "否", "no";
    is_disabled: "停用", "disabled";
    new_account: "新建账户", "New account";
    save: "保存", "Save";
    my_account: "我的账户", "My account";
    new_password: "新密码", "New password";
    old_password: "当前密码", "Current password";
    set_password: "修改密码", "Change the password";
    begin_factor: "启用动态口令", "Set up a second factor";
    factor_help: "在验证器中输入此密钥，再填入显示的口令。", "Enter this secret in an authenticator, then the code that it shows.";
    secret: "密钥", "Secret";
    factor_code: "口令", "Code";
    remove_factor: "取消动态口令", "Remove the second factor";
    mode: "模式", "Mode";
    degraded: "降级模式", "Degraded modes";
    declare: "声明", "Declare";
    until_minutes: "持续（分钟）", "For (minutes)";
    end_mode: "结束", "End";
    none: "无", "none";
    rights_missing: "您的角色不能使用此页。", "Your role may not use this page.";
    problem: "无法完成", "Cannot be done";
    back: "返回", "Back";
    sound: "告警声音", "Alarm sound";
    welcome: "请按指示灯行驶", "Follow the lights";
    please_wait: "请稍候", "Please wait";
    drive_on: "请通行", "Drive on";
    stop_word: "请停车等候", "Stop and wait";
    clock: "时钟", "Clock";
    uplink: "至区域", "To the region";
    online: "在线", "online";
    offline: "离线", "offline";
    events_wait: "条待传", "wait";
    catching_up: "正在读取记录，稍后完整。", "The journal is still being read; more will follow.";
    loop_approach: "前地感", "approach loop";
    loop_arm: "杆下地感", "loop under the arm";
    loop_exit: "后地感", "exit loop";
    seconds: "秒", "s";
    weight_curve: "重量曲线", "Weight curve";
    history_note: "较早的记录由区域保存。", "Older passages are kept by the region.";
}

/// A lane's mode.
pub(super) const fn lane_mode(mode: LaneMode, language: Language) -> &'static str {
    let (zh, en) = match mode {
        LaneMode::Live => ("自动", "live"),
        LaneMode::Advisory => ("建议", "advisory"),
        LaneMode::Shadow => ("旁路", "shadow"),
        LaneMode::Closed => ("关闭", "closed"),
    };
    pick(language, zh, en)
}

/// A lane's way.
pub(super) const fn direction(direction: Direction, language: Language) -> &'static str {
    let (zh, en) = match direction {
        Direction::Entry => ("进", "entry"),
        Direction::Exit => ("出", "exit"),
    };
    pick(language, zh, en)
}

/// The arm.
pub(super) const fn arm(arm: ArmState, language: Language) -> &'static str {
    let (zh, en) = match arm {
        ArmState::Down => ("落下", "down"),
        ArmState::Raising => ("抬起中", "going up"),
        ArmState::Up => ("抬起", "up"),
        ArmState::Lowering => ("落下中", "coming down"),
        ArmState::Stopped => ("停在中途", "stopped half-way"),
        ArmState::Unknown => ("未知", "unknown"),
    };
    pick(language, zh, en)
}

/// A step of a passage, from the lane machine's own word for it.
pub(super) fn step(step: &str, language: Language) -> &'static str {
    let (zh, en) = match step {
        "found" => ("发现车辆", "vehicle found"),
        "collecting" => ("采集数据", "reading"),
        "asking" => ("查询台账", "asking the ledger"),
        "recording" => ("记录判定", "recording"),
        "unrecorded" => ("无法记录", "cannot be recorded"),
        "held" => ("拦下", "held"),
        "confirming" => ("等待确认", "waits for a yes"),
        "closed" => ("通道关闭", "lane closed"),
        "barrier" => ("栏杆故障", "barrier at fault"),
        "clearing" => ("放行记录中", "clearance being recorded"),
        "ready" => ("准备抬杆", "about to raise"),
        "raising" => ("抬杆", "arm going up"),
        "passing" => ("通行", "driving through"),
        "backing_out" => ("倒车退出", "backing out"),
        "watching" => ("观察", "watching"),
        "free" => ("空闲", "free"),
        _ => ("其他", "other"),
    };
    pick(language, zh, en)
}

/// Reason codes of a release, the digit that picks them, and what they mean.
pub(super) const REASONS: [(&str, &str, &str); 6] = [
    ("DOCS", "已人工核对单证", "documents checked by hand"),
    ("LOOKED", "已人工查看车辆", "vehicle looked at"),
    ("WEIGHT", "重量差异已说明", "difference of weight explained"),
    ("READ", "设备误读", "a device misread"),
    ("PHONE", "海关电话同意", "customs agreed by telephone"),
    ("OTHER", "其他（写明）", "other (say what)"),
];
