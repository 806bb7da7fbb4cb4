# Văn bản riêng của tỉnh; đè lên văn bản chung cùng khóa. Kiểm tra bằng `congdanso check`.
province-name = Tỉnh Quảng Trị
province-app-name = QUANGTRI-S
province-about =
    QUANGTRI-S là kênh tương tác giữa người dân, doanh nghiệp và chính quyền tỉnh Quảng Trị.
    Ông/Bà gửi phản ánh, theo dõi xử lý và đánh giá kết quả tại đây.
province-about-basis = Triển khai theo Quyết định số 01/2026/QĐ-UBND ngày 12/01/2026 của UBND tỉnh.
province-contact = Hỗ trợ sử dụng: Trung tâm Đổi mới sáng tạo và Chuyển đổi số, Sở Khoa học và Công nghệ. Ông/Bà cũng có thể hỏi UBND xã, phường, đặc khu hoặc Tổ công nghệ số cộng đồng.
province-contact-note = Thông tin liên hệ cần đối chiếu trước khi dùng chính thức.
