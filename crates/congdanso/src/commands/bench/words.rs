//! Texts of invented reports: sentences put together from what people complain about. The same number gives the same text.

/// What is wrong, by category where a category has words of its own; the first entry is for all others.
const MATTERS: [(&str, &[&str]); 7] = [
    (
        "",
        &[
            "Đề nghị kiểm tra tình trạng kéo dài nhiều ngày",
            "Người dân phản ánh nhiều lần chưa được giải quyết",
            "Hồ sơ nộp đã lâu chưa có kết quả",
            "Loa phát thanh của thôn bị hỏng",
            "Nhà văn hóa khóa cửa thường xuyên",
            "Hộ kinh doanh lấn chiếm vỉa hè",
            "Trâu bò thả rông phá hoa màu",
        ],
    ),
    (
        "ha-tang",
        &[
            "Ổ gà lớn giữa đường gây nguy hiểm",
            "Nắp cống bị vỡ chưa thay",
            "Vỉa hè sụt lún sau mưa",
            "Cầu dân sinh hư hỏng lan can",
            "Mặt đường bong tróc, xe máy dễ ngã",
            "Rãnh thoát nước bị lấp đầy đất đá",
        ],
    ),
    (
        "moi-truong",
        &[
            "Rác thải tồn đọng bốc mùi hôi",
            "Đốt rác gây khói trong khu dân cư",
            "Nước thải chảy ra kênh nội đồng",
            "Bãi rác tự phát cạnh chợ",
            "Trại chăn nuôi gây ô nhiễm",
        ],
    ),
    (
        "giao-thong",
        &[
            "Đèn tín hiệu không hoạt động",
            "Biển báo bị cây che khuất",
            "Xe tải chạy sai giờ",
            "Xe đỗ chắn lối vào trường học",
        ],
    ),
    (
        "dien",
        &["Mất điện nhiều lần trong tuần", "Đèn đường tắt cả tuyến", "Dây điện võng thấp", "Cột điện nghiêng sau bão"],
    ),
    (
        "nuoc",
        &[
            "Nước máy đục và có mùi",
            "Mất nước sinh hoạt ba ngày",
            "Vỡ ống nước chảy tràn đường",
            "Cống thoát nước tắc nghẽn, ngập sâu",
        ],
    ),
    ("giao-duc", &["Cổng trường ùn tắc giờ tan học", "Sân trường ngập nước", "Lớp học thiếu quạt"]),
];

const PLACES: [&str; 12] = [
    "trước trường tiểu học",
    "gần chợ trung tâm",
    "cạnh nhà văn hóa thôn",
    "đoạn qua cầu",
    "trong hẻm nhỏ",
    "đối diện trạm y tế",
    "ngay ngã tư đèn đỏ",
    "sau bến xe",
    "ven sông",
    "khu tái định cư",
    "đầu đường liên xã",
    "bên trụ sở hợp tác xã",
];

const DETAILS: [&str; 16] = [
    "Tình trạng này đã có từ tuần trước và ngày càng nặng hơn.",
    "Buổi tối không có đèn chiếu sáng nên rất nguy hiểm cho người già và trẻ em.",
    "Hai cháu học sinh đã bị ngã xe tại đây vào sáng thứ hai.",
    "Mỗi khi trời mưa lớn nước ngập đến đầu gối, xe máy chết máy hàng loạt.",
    "Bà con trong tổ dân phố đã tự dọn dẹp nhưng không xuể.",
    "Kính mong cơ quan chức năng sớm xem xét và xử lý.",
    "Chúng tôi đã báo cho trưởng thôn nhưng chưa thấy trả lời.",
    "Mùi hôi bay vào nhà các hộ xung quanh suốt ngày đêm.",
    "Xe cộ qua lại đông, nhất là giờ tan tầm.",
    "Đề nghị cho biết thời gian khắc phục để người dân yên tâm.",
    "Khu vực có nhiều hộ kinh doanh nên ảnh hưởng buôn bán.",
    "Đã có đơn vị đến khảo sát nhưng sau đó không quay lại.",
    "Gia đình có người bệnh nên mong được giải quyết sớm.",
    "Hình ảnh được chụp lúc sáu giờ sáng nay.",
    "Sự việc lặp lại nhiều lần trong tháng.",
    "Xin cảm ơn sự quan tâm của chính quyền địa phương.",
];

const STREETS: [&str; 14] = [
    "Hùng Vương",
    "Trần Hưng Đạo",
    "Lê Duẩn",
    "Nguyễn Huệ",
    "Quang Trung",
    "Lý Thường Kiệt",
    "Phan Bội Châu",
    "Nguyễn Trãi",
    "Hai Bà Trưng",
    "Điện Biên Phủ",
    "Tôn Đức Thắng",
    "Bà Triệu",
    "Ngô Quyền",
    "Võ Thị Sáu",
];

/// A repeatable, fast scatter of numbers (SplitMix64).
#[derive(Debug, Clone)]
pub struct Scatter(u64);

impl Scatter {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to `below` − 1; 0 for 0.
    pub fn below(&mut self, below: usize) -> usize {
        if below == 0 { 0 } else { (self.next() % below as u64) as usize }
    }

    /// True in `percent` of 100.
    pub fn chance(&mut self, percent: f64) -> bool {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64 * 100.0 < percent
    }

    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

/// What a person wrote.
#[derive(Debug, Clone)]
pub struct Text {
    pub title: String,
    pub content: String,
    pub address: String,
}

pub fn text(category: &str, chance: &mut Scatter) -> Text {
    let own = MATTERS.iter().find(|(c, _)| *c == category).unwrap_or(&MATTERS[0]).1;
    let title = format!("{} {}", chance.pick(own), chance.pick(&PLACES));
    let mut content = format!("{title}.");
    for _ in 0..2 + chance.below(4) {
        content.push(' ');
        content.push_str(chance.pick::<&str>(&DETAILS));
    }
    let address = format!("Số {} đường {}", 1 + chance.below(300), chance.pick(&STREETS));
    Text { title, content, address }
}

/// What staff type into the search box: common words, rare ones, with and without marks.
pub const SEARCHES: [&str; 8] = [
    "ổ gà",
    "nuoc may duc",
    "cot dien nghieng",
    "rác thải chợ",
    "217 hung vuong",
    "den tin hieu",
    "trau bo",
    "cổng trường ngập",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_number_gives_the_same_text() {
        let (a, b) = (text("dien", &mut Scatter::new(7)), text("dien", &mut Scatter::new(7)));
        assert_eq!((a.title, a.content, a.address), (b.title, b.content, b.address));
        assert!(!text("no such category", &mut Scatter::new(7)).title.is_empty());
    }
}
