# Tài khoản ngân hàng liên kết (N13)
bank-not-identified = Tài khoản này chưa được xác thực bằng số định danh cá nhân, nên chưa đối chiếu được chủ tài khoản ngân hàng. Hãy xác thực ở «Thông tin định danh» rồi làm lại.
bank-none-chosen = Ông/Bà chưa chọn tài khoản nào ở ngân hàng. Hãy làm lại và đánh dấu tài khoản muốn liên kết.
bank-other-holder = Tên chủ tài khoản ở ngân hàng khác họ tên đã xác thực của Ông/Bà. Chỉ liên kết được tài khoản đứng tên chính mình. Không có gì được lưu. Nếu ngân hàng ghi sai tên, hãy đến ngân hàng để sửa.
bank-not-active = Ngân hàng báo tài khoản đang bị khóa hoặc đã đóng. Không có gì được lưu. Hãy chọn tài khoản khác hoặc hỏi ngân hàng.
bank-elsewhere = Tài khoản ngân hàng này đã liên kết với một tài khoản khác trên Cổng. Không có gì được lưu. Hãy hủy liên kết ở tài khoản kia trước, hoặc chọn tài khoản ngân hàng khác.
bank-too-many = Mỗi người liên kết nhiều nhất 10 tài khoản ngân hàng. Hãy hủy bớt một liên kết rồi làm lại.
bank-asking = Cổng đang hỏi ngân hàng về liên kết này. Hãy đợi một phút rồi thử lại.
bank-state-linked = Đang liên kết
bank-state-ended = Ngân hàng đã ngừng liên kết
activity-bank-linked = Liên kết tài khoản ngân hàng
activity-bank-unlinked = Hủy liên kết tài khoản ngân hàng
activity-bank-ended = Ngân hàng ngừng liên kết một tài khoản
notice-bank-linked = Một tài khoản ngân hàng vừa được liên kết với tài khoản của Ông/Bà. Nếu không phải Ông/Bà làm, hãy hủy liên kết và đổi mật khẩu.
export-banks = Tài khoản ngân hàng liên kết
