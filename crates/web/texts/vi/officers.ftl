# Công cụ của cán bộ: gộp, tách, hỏi ý kiến, văn bản mẫu, bàn giao, nhắc hạn
desk-act-merge = Gộp vào phản ánh khác
desk-act-split = Tách cho đơn vị khác
desk-act-hand_over = Bàn giao cho đồng nghiệp
desk-act-consult = Hỏi ý kiến
flash-desk-act-merge = Đã gộp. Người gửi được báo và theo dõi phản ánh gốc.
flash-desk-act-split = Đã tách và giao cho các đơn vị
flash-desk-act-hand_over = Đã bàn giao
flash-desk-act-consult = Đã gửi câu hỏi
flash-desk-answered = Đã gửi trả lời cho đơn vị hỏi
desk-step-merge = Đã gộp vào phản ánh khác
desk-step-absorb = Nhận một phản ánh gộp vào
desk-step-split = Đã tách cho đơn vị khác
desk-step-hand_over = Đã bàn giao
desk-step-consult = Hỏi ý kiến
desk-step-consulted = Có ý kiến trả lời
desk-fact-into = Vào phản ánh { $code }
desk-fact-merged = Phản ánh được gộp: { $code }
desk-fact-parent = Tách từ phản ánh { $code }
desk-fact-parts = Các phần: { $codes }
desk-fact-asked = Hỏi: { $who }
desk-fact-answered = Trả lời: { $who }
desk-who-outside = Người ngoài, qua liên kết
desk-photo-inside = Ảnh nội bộ { $n }
desk-photo-inside-day = Nội bộ · { $day }

# Gộp
desk-field-into = Mã phản ánh gốc
desk-field-into-hint = Phản ánh này sẽ đóng. Người gửi được báo và theo dõi phản ánh gốc.
desk-merged-into = Đã gộp vào phản ánh
desk-merged = Các phản ánh đã gộp vào đây
desk-similar = Phản ánh gần đây có thể trùng
desk-similar-lead = Cùng lĩnh vực, trong vòng 300 m, 12 tuần qua.
desk-similar-metres = cách { $shown } m
desk-similar-followers = { $shown } người theo dõi
desk-similar-merge = Gộp
merge-missing = Không thấy phản ánh mang mã này trong các đơn vị của Ông/Bà
merge-self = Đây chính là phản ánh này, hoặc phản ánh đã gộp vào nó
merge-finished = Phản ánh gốc đã xong, không gộp vào được
merge-foreign = Ông/Bà không được gộp vào phản ánh của đơn vị đó
split-open = Còn phần việc ở đơn vị khác chưa xong. Hãy chờ các đơn vị đó trả lời.

# Tách
desk-split-lead = Mỗi phần có đơn vị, thời hạn và kết quả riêng. Người dân xem kết quả ngay tại phản ánh này.
desk-split-intro = Mỗi phần giao cho một đơn vị. Phản ánh này chỉ báo xong được khi mọi phần đã xong.
desk-split-part = Phần { $n }
desk-split-text = Việc cần làm
desk-split-text-hint = Dòng đầu là tiêu đề. Phần việc sẽ công khai sau khi đơn vị đó tiếp nhận.
desk-split-add = Thêm phần
desk-split-note-hint = Gửi kèm cho các đơn vị. Người dân không thấy.
desk-parts = Phần việc ở đơn vị khác
desk-part-of = Đây là một phần của phản ánh
desk-photos-of-whole = Ảnh của người gửi, từ phản ánh gốc
desk-reporter-of-whole = Theo phản ánh gốc
split-many = Mỗi phản ánh tách được từ 1 đến 10 phần
split-part = Đây đã là một phần, không tách tiếp được
split-text = Viết việc đơn vị đó cần làm

# Hỏi ý kiến
desk-tab-asked = Được hỏi ý kiến
desk-empty-asked = Không có câu hỏi nào đang chờ
desk-empty-asked-do = Câu hỏi của đơn vị khác sẽ hiện ở đây.
desk-consults = Hỏi ý kiến
desk-consult-whom = Hỏi ai
desk-consult-outside = Người ngoài, không có tài khoản
desk-consult-name = Tên người hoặc công ty được hỏi
desk-consult-name-hint = Chỉ khi hỏi người ngoài.
desk-consult-phone = Số di động nhận liên kết
desk-consult-phone-hint = Chỉ khi hỏi người ngoài. Liên kết dùng một lần được gửi bằng tin nhắn.
desk-consult-question = Câu hỏi
desk-consult-question-hint = Người dân không thấy. Không ghi tên, số điện thoại của người gửi.
desk-consult-days = Số ngày chờ trả lời
desk-consult-days-hint = Từ 1 đến { $shown }.
desk-consult-until = Chờ trả lời đến { $time }
desk-consult-expired = Hết hạn, chưa có trả lời
desk-consult-answered = Trả lời lúc { $time }
desk-consult-answer = Trả lời của đơn vị
desk-consult-answer-hint = Chỉ đơn vị hỏi đọc được.
desk-consult-send = Gửi trả lời
desk-consult-sent = Đã gửi liên kết
desk-consult-sent-text = { $name } nhận liên kết bằng tin nhắn và trả lời được một lần.
desk-consult-link-once = Liên kết chỉ hiện lúc này. Có thể chép để gửi bằng cách khác.
desk-consult-copy = Chép liên kết
desk-consult-back = Về phản ánh
desk-acts-asked = Đơn vị Ông/Bà được hỏi ý kiến. Trả lời xong thì phản ánh này không hiện ở đây nữa.
consult-whom = Chọn đơn vị, hoặc ghi tên người được hỏi
consult-phone = Nhập số di động nhận được tin nhắn
consult-days = Nhập số ngày từ 1 đến 30
consult-many = Phản ánh này đã có 20 câu hỏi
consult-title = Trả lời một câu hỏi
consult-lead = { $unit } nhờ { $name } trả lời về sự việc dưới đây.
consult-question = Câu hỏi
consult-about = Về sự việc
consult-answer = Trả lời
consult-answer-hint = Chỉ cán bộ đọc được. Gửi được một lần.
consult-until = Trả lời được đến { $time }
consult-send = Gửi trả lời
consult-done = Đã gửi trả lời
consult-done-text = Cảm ơn. Liên kết này không dùng được nữa, có thể đóng trang.
consult-answered = Câu hỏi này đã được trả lời
consult-answered-text = Mỗi liên kết chỉ trả lời được một lần.
consult-expired = Liên kết đã hết hạn
consult-expired-text = Nếu vẫn cần trả lời, hãy gọi đơn vị đã gửi tin nhắn.
consult-over = Câu hỏi này không còn cần trả lời
consult-over-text = Sự việc đã được giải quyết xong.
consult-unknown = Liên kết không đúng
consult-unknown-text = Hãy mở lại đúng liên kết trong tin nhắn. Đừng gõ tay.

# Văn bản mẫu và xem trước
desk-standard-title = Văn bản mẫu
desk-standard-new = Thêm văn bản mẫu
desk-standard-intro = Lời viết sẵn cho việc hay gặp. Cán bộ chọn, sửa lại rồi mới gửi.
desk-standard-name = Tên văn bản
desk-standard-name-hint = Ví dụ: Đã vá mặt đường
desk-standard-act = Dùng khi
desk-standard-unit = Đơn vị dùng
desk-standard-body = Nội dung
desk-standard-body-hint = {"{ma}"} thay cho mã phản ánh, {"{don_vi}"} thay cho tên đơn vị, {"{han}"} thay cho hạn xử lý.
desk-standard-remove = Xóa văn bản này
desk-standard-none = Chưa có văn bản mẫu
desk-standard-none-text = Viết sẵn lời trả lời hay dùng để cả đơn vị dùng chung.
flash-desk-standard-removed = Đã xóa văn bản mẫu
standard-act = Chọn việc mà văn bản này dùng cho
standard-title = Đặt tên, không quá 80 ký tự
standard-many = Đơn vị đã có 100 văn bản mẫu. Hãy xóa bớt.
desk-ready = Văn bản mẫu
desk-ready-insert = Chèn
desk-preview = Người dân sẽ đọc
desk-preview-button = Xem trước

# Bàn giao
desk-hand-title = Bàn giao
desk-hand-intro = Chuyển mọi việc chưa xong của một người cho đồng nghiệp, khi nghỉ phép hoặc đổi việc. Trạng thái và thời hạn giữ nguyên.
desk-hand-from = Việc của
desk-hand-show = Xem
desk-hand-to = Bàn giao cho
desk-hand-why = Lý do
desk-hand-open = { $n } việc chưa xong
desk-hand-none = Không có việc chưa xong
desk-hand-none-text = Người này không giữ phản ánh nào đang xử lý.
desk-hand-button = Bàn giao
desk-hand-done = Đã bàn giao { $shown } phản ánh
hand-over-same = Chọn người khác với người đang giữ việc

# Thông báo của cán bộ, nhắc hạn
desk-notices-read = Đánh dấu đã đọc
desk-notices-none = Chưa có thông báo
desk-notices-none-text = Nhắc hạn và câu trả lời sẽ hiện ở đây.
flash-desk-notices-read = Đã đánh dấu đã đọc
desk-reminded-soon = Nhắc sắp đến hạn lúc { $time }
desk-reminded-over = Báo quá hạn lúc { $time }
desk-reminded-above = Báo cấp trên lúc { $time }
desk-news-report = Người khác vừa cập nhật phản ánh này
desk-report-tools = Trang công khai và in
desk-print = In
desk-reporter-history = Đang xử lý { $open }, hài lòng { $satisfied }, chưa hài lòng { $unsatisfied }

# Quy tắc từ lần sửa, thử quy tắc
desk-new-rule = Vừa sửa đơn vị xử lý
desk-new-rule-text = Muốn các phản ánh như vậy tự đến đúng đơn vị?
desk-try-code = Mã một phản ánh có thật
desk-try-code-hint = Hoặc chọn lĩnh vực và xã, phường.
desk-try-now = «{ $title }» hiện ở { $unit }.
desk-try-decides = Quyết định
desk-try-later = Không xét nữa
desk-try-not-category = Khác lĩnh vực
desk-try-not-place = Khác địa bàn

# Trang của người dân
act-merge = Đã gộp vào phản ánh { $code }
act-absorb = Phản ánh { $code } cùng sự việc được gộp vào đây
act-split = Giao cho nhiều đơn vị cùng xử lý
related-original = Đã gộp với phản ánh khác
related-original-text = Nhiều người cùng báo một việc, nên việc được xử lý một lần. Ông/Bà vẫn được báo kết quả.
related-whole = Đây là một phần của phản ánh
related-parts = Các đơn vị cùng xử lý
related-merged = Phản ánh khác về cùng việc này
