from . import dealer_word_report
