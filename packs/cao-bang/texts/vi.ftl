# Văn bản riêng của tỉnh; đè lên văn bản chung cùng khóa. Kiểm tra bằng `congdanso check`.
province-name = Tỉnh Cao Bằng
province-app-name = Công dân số Cao Bằng
province-about =
    Công dân số Cao Bằng là kênh tương tác giữa người dân, doanh nghiệp và chính quyền tỉnh Cao Bằng.
    Ông/Bà gửi phản ánh, theo dõi xử lý và đánh giá kết quả tại đây.
province-about-basis = Triển khai theo Kế hoạch số 2358/KH-UBND ngày 09/9/2024 của UBND tỉnh.
province-contact = Hỗ trợ sử dụng: Trung tâm Công nghệ số và Truyền thông. Ông/Bà cũng có thể hỏi UBND xã, phường, đặc khu hoặc Tổ công nghệ số cộng đồng.
province-contact-note = Thông tin liên hệ cần đối chiếu trước khi dùng chính thức.
