//! `README.txt`: how a pack is proven, in both languages, for whoever finds one.

use crate::manifest::Manifest;

/// The text of the member.
pub(crate) fn text(manifest: &Manifest) -> String {
    let Manifest {
        gate,
        passage,
        made_by,
        made_at,
        ..
    } = manifest;
    format!(
        "卡口通行证据包\n\
         卡口 {gate}，通行 {passage}，由 {made_by} 于 {made_at} 制作。\n\
         \n\
         如何验证（离线）：\n\
         \x20 kakou-region verify-pack FILE --gate-key gate.pub\n\
         \x20 由区域制作的包再加 --region-key region.pub。\n\
         公钥须从海关另行取得，不可取自本包。\n\
         \n\
         内容：\n\
         \x20 pack.json        目录：每个成员的大小与 SHA-256，记录在哈希链中的位置\n\
         \x20 pack.sig         制作者对 pack.json 的 Ed25519 签名\n\
         \x20 story.txt        通行经过，供阅读\n\
         \x20 chain.bin        从第一条到签名处每条记录的 SHA-256；他人的记录只有摘要，没有内容\n\
         \x20 events/*.bin     本次通行的记录原文\n\
         \x20 pictures/*       记录所引用的照片与扫描图，以 SHA-256 命名\n\
         每次判定都带有证据、事实与参数，验证时重新判定，结果必须相同。\n\
         格式逐项说明见 docs/evidence-pack.md，可据此自行编写验证程序。\n\
         \n\
         Evidence pack of a passage\n\
         Gate {gate}, passage {passage}, made by the {made_by} at {made_at}.\n\
         \n\
         How to prove it, offline:\n\
         \x20 kakou-region verify-pack FILE --gate-key gate.pub\n\
         \x20 and --region-key region.pub for a pack that a region made.\n\
         Get the public keys from customs, never from the pack itself.\n\
         \n\
         What is in it:\n\
         \x20 pack.json        contents: size and SHA-256 of every member, places in the hash chain\n\
         \x20 pack.sig         the maker's Ed25519 signature over pack.json\n\
         \x20 story.txt        what happened, to read\n\
         \x20 chain.bin        SHA-256 of every record from the first to the signed head; of other\n\
         \x20                  passages' records only this digest, never the content\n\
         \x20 events/*.bin     this passage's records as they were written\n\
         \x20 pictures/*       pictures and scans that the records name, by SHA-256\n\
         Every decision carries evidence, facts and parameters: it is decided again in the proof and\n\
         must come out the same. docs/evidence-pack.md describes the format field by field, so that\n\
         an independent verifier can be written.\n"
    )
}
